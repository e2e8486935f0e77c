/* WebSocket frames, the client's side (RFC 6455): masked out, unmasked in. */
#ifndef WEBSOCKET_H
#define WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

enum opcode { CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

struct frame {
    bool final;
    enum opcode opcode;
    const char *payload;
    size_t length;
};

/* Adds one whole frame to `out`. `mask` should differ from frame to frame. */
void websocket_add(struct buffer *out, enum opcode opcode, uint32_t mask, const void *payload, size_t length);

/* Reads one frame from the start of `bytes`; returns how many bytes it took, 0 when it is not all there yet. */
size_t websocket_read(const char *bytes, size_t length, struct frame *frame);

#endif
