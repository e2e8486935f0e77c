/* OneThread's own protocol, v1: hello with a ticket, live, requests with acks, events with a gapless seq.

   The customer says a first word, the agent follows the conversation and takes it from the bot; from then on
   the customer's messages are counted. In idle mode nobody speaks: the agent only follows. */
#include <stdio.h>
#include <string.h>

#include "load.h"

/* Requests of the preparation have message numbers that no message of a run reaches. */
enum { FIRST_WORD, FOLLOW, ASSIGN };
#define PREPARATION (1ull << 39)

static bool idle(const struct load *load)
{
    return load->options.idle_s > 0;
}

static const char *id_of(struct load *load, uint32_t conversation, uint64_t message, char id[ULID_LENGTH + 1])
{
    ulid_write(load->run, conversation, message, id);
    id[ULID_LENGTH] = '\0';
    return id;
}

static void opened(struct load *load, struct peer *peer)
{
    load_sendf(load, peer, "{\"t\":\"hello\",\"ticket\":\"%s\",\"device\":\"bench-%s-%u\",\"locale\":\"en\"}",
               peer->ticket, peer->role == AGENT ? "agent" : "customer", peer->conversation);
}

/* Asks for `type` about the peer's conversation; `more` is what its `d` has besides. */
static void ask(struct load *load, struct peer *peer, int step, const char *type, const char *more)
{
    char id[ULID_LENGTH + 1];
    load_sendf(load, peer, "{\"t\":\"%s\",\"id\":\"%s\",\"d\":{\"conversation\":\"%s\"%s}}", type,
               id_of(load, peer->conversation, PREPARATION + (uint64_t)step, id),
               load->conversations[peer->conversation].id, more);
}

static void on_welcome(struct load *load, struct peer *peer, struct slice frame)
{
    struct conversation *conversation = &load->conversations[peer->conversation];
    struct slice id;
    if (peer->role == AGENT) {
        ask(load, peer, FOLLOW, "conversation.follow", "");
        return;
    }
    if (!json_field(frame, "conversation", &id) || id.length >= sizeof conversation->id)
        load_fail("a welcome without a conversation", frame);
    snprintf(conversation->id, sizeof conversation->id, "%.*s", (int)id.length, id.at);
}

static void on_live(struct load *load, struct peer *peer, struct slice frame)
{
    peer->seq = json_number(frame, "seq");
    if (peer->ready)
        return;
    if (idle(load))
        load_ready(load, peer);
    else if (peer->role == CUSTOMER)
        ask(load, peer, FIRST_WORD, "message.post", ",\"content\":{\"kind\":\"text\",\"text\":\"Hello\"}");
    else
        ask(load, peer, ASSIGN, "conversation.assign", ",\"to\":\"agent\",\"agent\":\"me\"");
}

static bool read_id(struct load *load, struct slice frame, const char *field, uint32_t *conversation, uint64_t *message)
{
    struct slice id;
    return json_field(frame, field, &id) && ulid_read(load->run, id.at, id.length, conversation, message);
}

static void on_ack(struct load *load, struct peer *peer, struct slice frame)
{
    uint32_t conversation;
    uint64_t message;
    if (!read_id(load, frame, "ref", &conversation, &message))
        load_fail("an ack of nothing that was asked", frame);
    if (message < PREPARATION)
        ledger_acked(&load->ledger, conversation, message, json_number(frame, "seq"));
    else if (message != PREPARATION + FOLLOW) /* after it comes the replay, then `live` */
        load_ready(load, peer);
}

static void on_event(struct load *load, struct peer *peer, struct slice frame)
{
    struct slice type;
    uint32_t conversation;
    uint64_t message;
    uint32_t seq = json_number(frame, "seq");
    if (peer->seq != 0) /* a replay may leave out what this peer may not see; after `live` a `next` tells of it */
        load_saw_seq(load, peer, seq);
    if (peer->role == CUSTOMER || !json_field(frame, "type", &type) || !slice_is(type, "message.created"))
        return;
    if (read_id(load, frame, "id", &conversation, &message) && message < PREPARATION)
        ledger_delivered(&load->ledger, conversation, message, seq);
}

static void on_error(struct load *load, struct slice frame)
{
    uint32_t conversation;
    uint64_t message;
    if (!read_id(load, frame, "ref", &conversation, &message) || message >= PREPARATION)
        load_fail("refused", frame);
    if (load->ledger.refused < 3)
        fprintf(stderr, "refused: %.*s\n", (int)frame.length, frame.at);
    ledger_refused(&load->ledger, conversation, message);
}

static void received(struct load *load, struct peer *peer, struct slice frame)
{
    struct slice t;
    if (!json_field(frame, "t", &t))
        load_fail("a frame without a type", frame);
    if (slice_is(t, "event"))
        on_event(load, peer, frame);
    else if (slice_is(t, "ack"))
        on_ack(load, peer, frame);
    else if (slice_is(t, "next"))
        peer->seq = json_number(frame, "seq");
    else if (slice_is(t, "error"))
        on_error(load, frame);
    else if (slice_is(t, "welcome"))
        on_welcome(load, peer, frame);
    else if (slice_is(t, "live"))
        on_live(load, peer, frame);
}

static void post(struct load *load, uint32_t conversation, uint32_t index, struct buffer *out)
{
    char id[ULID_LENGTH + 1], frame[8400];
    int length = snprintf(frame, sizeof frame,
                          "{\"t\":\"message.post\",\"id\":\"%s\",\"d\":{\"content\":{\"kind\":\"text\",\"text\":\"%s\"}}}",
                          id_of(load, conversation, index, id), load->text);
    websocket_add(out, TEXT, load_random(load), frame, (size_t)length);
}

static void heartbeat(struct load *load, struct peer *peer)
{
    static const char PING_FRAME[] = "{\"t\":\"ping\"}";
    load_send(load, peer, TEXT, PING_FRAME, sizeof PING_FRAME - 1);
}

const struct protocol ONETHREAD = {
    .name = "onethread",
    .path = "/ws",
    .subprotocol = "onethread.v1",
    .tickets = true,
    .opened = opened,
    .received = received,
    .post = post,
    .heartbeat = heartbeat,
};
