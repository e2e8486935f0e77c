/* Socket.IO 4 (Engine.IO 4) over WebSocket: event "m" {id, x} with an acknowledgement {id, s}; relayed as "m" {id, x, s}. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

/* Engine.IO's first digit, and Socket.IO's second one inside a message. */
enum { ENGINE_OPEN = '0', ENGINE_PING = '2', ENGINE_MESSAGE = '4' };
enum { CONNECT = '0', EVENT = '2', ACKNOWLEDGEMENT = '3', CONNECT_ERROR = '4' };

static void opened(struct load *load, struct peer *peer)
{
    (void)load, (void)peer; /* the server speaks first */
}

static void on_event(struct load *load, struct peer *peer, struct slice body)
{
    struct slice id;
    uint32_t conversation;
    uint64_t index;
    uint32_t seq = json_number(body, "s");
    if (peer->role != AGENT || !json_field(body, "id", &id)
        || !ulid_read(load->run, id.at, id.length, &conversation, &index))
        load_fail("an event that nobody sent", body);
    load_saw_seq(load, peer, seq);
    ledger_delivered(&load->ledger, conversation, index, seq);
}

/* The first object of `42["m",{...}]` or `4317[{...}]`. */
static struct slice first_object(struct slice packet)
{
    const char *brace = memchr(packet.at, '{', packet.length);
    if (brace == NULL)
        load_fail("a packet without an object", packet);
    return (struct slice){brace, (size_t)(packet.at + packet.length - brace - 1)};
}

static void on_message(struct load *load, struct peer *peer, struct slice packet)
{
    switch (packet.at[1]) {
    case CONNECT:
        load_ready(load, peer);
        break;
    case EVENT:
        on_event(load, peer, first_object(packet));
        break;
    case ACKNOWLEDGEMENT:
        ledger_acked(&load->ledger, peer->conversation, strtoull(packet.at + 2, NULL, 10),
                     json_number(first_object(packet), "s"));
        break;
    case CONNECT_ERROR:
        load_fail("refused", packet);
    }
}

static void received(struct load *load, struct peer *peer, struct slice packet)
{
    if (packet.length == 0)
        return;
    if (packet.at[0] == ENGINE_OPEN)
        load_sendf(load, peer, "40{\"conversation\":\"%u\",\"role\":\"%s\"}", peer->conversation,
                   peer->role == AGENT ? "agent" : "customer");
    else if (packet.at[0] == ENGINE_PING)
        load_send(load, peer, TEXT, "3", 1);
    else if (packet.at[0] == ENGINE_MESSAGE && packet.length > 1)
        on_message(load, peer, packet);
}

static void post(struct load *load, uint32_t conversation, uint32_t index, struct buffer *out)
{
    char id[ULID_LENGTH], packet[8300];
    ulid_write(load->run, conversation, index, id);
    int length = snprintf(packet, sizeof packet, "42%u[\"m\",{\"id\":\"%.*s\",\"x\":\"%s\"}]", index, ULID_LENGTH, id,
                          load->text);
    websocket_add(out, TEXT, load_random(load), packet, (size_t)length);
}

static void heartbeat(struct load *load, struct peer *peer)
{
    (void)load, (void)peer; /* the server asks, received() answers */
}

const struct protocol SOCKETIO = {
    .name = "socketio",
    .path = "/socket.io/?EIO=4&transport=websocket",
    .opened = opened,
    .received = received,
    .post = post,
    .heartbeat = heartbeat,
};
