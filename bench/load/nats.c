/* NATS over WebSocket: published to a JetStream subject with Nats-Msg-Id, acked by the stream, followed by a subscription. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

static const char CONNECT[] =
    "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true}\r\n";

static void opened(struct load *load, struct peer *peer)
{
    (void)load, (void)peer; /* the server speaks first */
}

static void greet(struct load *load, struct peer *peer)
{
    char text[256];
    const char *subject = peer->role == AGENT ? "SUB conversation.%u 1\r\nPING\r\n" : "SUB _INBOX.%u.* 1\r\nPING\r\n";
    int length = snprintf(text, sizeof text, "%s", CONNECT);
    length += snprintf(text + length, sizeof text - (size_t)length, subject, peer->conversation);
    load_send(load, peer, BINARY, text, (size_t)length);
}

/* `{"stream":"CONVERSATIONS","seq":17}`; a repeated message has `"duplicate":true` and the first one's seq. */
static void on_ack(struct load *load, const char *subject, struct slice body)
{
    if (memcmp(subject, "_INBOX.", 7) != 0)
        load_fail("an ack to nobody", body);
    char *dot;
    uint32_t conversation = (uint32_t)strtoul(subject + 7, &dot, 10);
    uint64_t index = strtoull(dot + 1, NULL, 10);
    if (json_number(body, "seq") == 0)
        ledger_refused(&load->ledger, conversation, index);
    else
        ledger_acked(&load->ledger, conversation, index, 0);
}

static void on_delivery(struct load *load, struct slice body)
{
    struct slice id;
    uint32_t conversation;
    uint64_t index;
    const char *brace = memchr(body.at, '{', body.length); /* the headers stand before it */
    if (brace == NULL)
        load_fail("a message without a body", body);
    body = (struct slice){brace, (size_t)(body.at + body.length - brace)};
    if (!json_field(body, "id", &id) || !ulid_read(load->run, id.at, id.length, &conversation, &index))
        load_fail("a message that nobody sent", body);
    ledger_delivered(&load->ledger, conversation, index, 0);
}

/* `MSG subject sid [reply] size` or `HMSG subject sid [reply] head size`: the last word is the size. */
static size_t size_of(struct slice line)
{
    const char *last = line.at + line.length;
    while (last > line.at && last[-1] != ' ')
        last--;
    return strtoul(last, NULL, 10);
}

static void on_line(struct load *load, struct peer *peer, struct slice line)
{
    if (memcmp(line.at, "INFO", 4) == 0)
        greet(load, peer);
    else if (memcmp(line.at, "PING", 4) == 0)
        load_send(load, peer, BINARY, "PONG\r\n", 6);
    else if (memcmp(line.at, "PONG", 4) == 0)
        load_ready(load, peer);
    else if (memcmp(line.at, "-ERR", 4) == 0)
        load_fail("nats", line);
}

/* Takes one protocol line, with its payload when it has one. Returns the bytes taken, 0 when some are missing. */
static size_t take(struct load *load, struct peer *peer, const char *at, size_t length)
{
    const char *end = memmem(at, length, "\r\n", 2);
    if (end == NULL)
        return 0;
    struct slice line = {at, (size_t)(end - at)};
    size_t taken = line.length + 2;
    bool message = memcmp(at, "MSG ", 4) == 0 || memcmp(at, "HMSG", 4) == 0;
    if (!message) {
        on_line(load, peer, line);
        return taken;
    }
    size_t size = size_of(line);
    if (length < taken + size + 2)
        return 0;
    struct slice body = {at + taken, size};
    if (peer->role == AGENT)
        on_delivery(load, body);
    else
        on_ack(load, memchr(at, ' ', line.length) + 1, body);
    return taken + size + 2;
}

static void received(struct load *load, struct peer *peer, struct slice bytes)
{
    struct buffer *stream = &peer->stream; /* frames cut it anywhere */
    buffer_add(stream, bytes.at, bytes.length);
    size_t taken = 0, step;
    while (stream->length - taken > 4 && (step = take(load, peer, stream->bytes + taken, stream->length - taken)) > 0)
        taken += step;
    buffer_drop(stream, taken);
}

static void post(struct load *load, uint32_t conversation, uint32_t index, struct buffer *out)
{
    char id[ULID_LENGTH], head[64], body[8300], frame[8600];
    ulid_write(load->run, conversation, index, id);
    int head_length = snprintf(head, sizeof head, "NATS/1.0\r\nNats-Msg-Id: %.*s\r\n\r\n", ULID_LENGTH, id);
    int body_length = snprintf(body, sizeof body, "{\"id\":\"%.*s\",\"x\":\"%s\"}", ULID_LENGTH, id, load->text);
    int length = snprintf(frame, sizeof frame, "HPUB conversation.%u _INBOX.%u.%u %d %d\r\n%s%s\r\n", conversation,
                          conversation, index, head_length, head_length + body_length, head, body);
    websocket_add(out, BINARY, load_random(load), frame, (size_t)length);
}

static void heartbeat(struct load *load, struct peer *peer)
{
    (void)load, (void)peer; /* the server asks, on_line() answers */
}

const struct protocol NATS = {
    .name = "nats",
    .path = "/",
    .opened = opened,
    .received = received,
    .post = post,
    .heartbeat = heartbeat,
};
