/* WebSocket frames, the client's side (RFC 6455): masked out, unmasked in. */
#include "websocket.h"

#include <string.h>

static size_t write_head(unsigned char *head, enum opcode opcode, size_t length)
{
    head[0] = (unsigned char)(0x80 | opcode);
    if (length < 126) {
        head[1] = (unsigned char)(0x80 | length);
        return 2;
    }
    head[1] = 0x80 | 126; /* nothing here is longer than 64 KiB */
    head[2] = (unsigned char)(length >> 8);
    head[3] = (unsigned char)length;
    return 4;
}

void websocket_add(struct buffer *out, enum opcode opcode, uint32_t mask, const void *payload, size_t length)
{
    unsigned char head[8], key[4];
    size_t size = write_head(head, opcode, length);
    memcpy(key, &mask, 4);
    memcpy(head + size, key, 4);
    buffer_add(out, head, size + 4);
    buffer_add(out, payload, length);
    char *masked = out->bytes + out->length - length;
    for (size_t i = 0; i < length; i++)
        masked[i] ^= (char)key[i & 3];
}

size_t websocket_read(const char *bytes, size_t length, struct frame *frame)
{
    const unsigned char *head = (const unsigned char *)bytes;
    if (length < 2)
        return 0;
    size_t size = 2;
    uint64_t payload = head[1] & 0x7f;
    int extended = payload == 126 ? 2 : payload == 127 ? 8 : 0;
    if (extended > 0) {
        size += (size_t)extended;
        if (length < size)
            return 0;
        payload = 0;
        for (int i = 0; i < extended; i++)
            payload = payload << 8 | head[2 + i];
    }
    if (length < size + payload)
        return 0;
    *frame = (struct frame){head[0] >> 7, head[0] & 0x0f, bytes + size, payload};
    return size + payload;
}
