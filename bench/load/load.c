/* Connects the sockets, one epoll loop for all of them, and hands what arrives to the protocol. */
#include "load.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "clock.h"
#include "http.h"

#define EVENTS 256
#define SCRATCH 262144
#define HEARTBEAT_S 20 /* the hub wants to hear from a client every 25 s */

void load_fail(const char *what, struct slice said)
{
    fprintf(stderr, "%s: %.*s\n", what, (int)(said.length > 500 ? 500 : said.length), said.at);
    exit(2);
}

uint32_t load_random(struct load *load) /* xorshift64, Marsaglia 2003 */
{
    load->chance ^= load->chance << 13;
    load->chance ^= load->chance >> 7;
    load->chance ^= load->chance << 17;
    return (uint32_t)(load->chance >> 32);
}

void load_send(struct load *load, struct peer *peer, enum opcode opcode, const void *bytes, size_t length)
{
    load->outgoing.length = 0;
    websocket_add(&load->outgoing, opcode, load_random(load), bytes, length);
    peer_write(peer, load->epoll, load->outgoing.bytes, load->outgoing.length);
}

void load_sendf(struct load *load, struct peer *peer, const char *format, ...)
{
    char text[2048];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    load_send(load, peer, TEXT, text, (size_t)length);
}

void load_saw_seq(struct load *load, struct peer *peer, uint32_t seq)
{
    if (peer->seq != 0 && seq != peer->seq + 1)
        load->gaps++;
    peer->seq = seq;
}

uint16_t load_port(const struct load *load, const struct peer *peer)
{
    return peer->role == AGENT ? load->options.agent_port : load->options.port;
}

static void begin(struct load *load, struct peer *peer)
{
    peer_connect(peer, load->epoll, load_port(load, peer), load->protocol->tickets ? TICKET : UPGRADE);
}

void load_ready(struct load *load, struct peer *peer)
{
    if (peer->ready)
        return;
    peer->ready = true;
    if (peer->role == CUSTOMER)
        begin(load, &load->conversations[peer->conversation].agent); /* it may have to follow what now exists */
    else
        load->connected++;
}

static void begin_more(struct load *load)
{
    while (load->started < load->wanted && load->started - load->connected < (uint32_t)load->options.connecting)
        begin(load, &load->conversations[load->started++].customer);
}

/* --- what arrives: each of these takes bytes from the front and returns how many; 0 = the rest must come first --- */

static size_t on_ticket(struct peer *peer, struct slice bytes)
{
    struct response response;
    struct slice ticket;
    size_t taken = http_read(bytes, &response);
    if (taken == 0)
        return 0;
    if (response.status != 201 || !json_field(response.body, "ticket", &ticket) || ticket.length >= sizeof peer->ticket)
        load_fail("no ticket", bytes);
    snprintf(peer->ticket, sizeof peer->ticket, "%.*s", (int)ticket.length, ticket.at);
    peer->stage = TICKETED;
    return taken;
}

static size_t on_upgrade(struct load *load, struct peer *peer, struct slice bytes)
{
    struct response response;
    size_t taken = http_read(bytes, &response);
    if (taken == 0)
        return 0;
    if (response.status != 101)
        load_fail("no upgrade", bytes);
    peer->stage = OPEN;
    load->protocol->opened(load, peer);
    return taken;
}

/* `code` 0: the connection ended without a close frame. */
static void on_close(struct load *load, struct peer *peer, int code, struct slice reason)
{
    if (load->closed++ < 5)
        fprintf(stderr, "the server closed %s %u: %d %.*s\n", peer->role == AGENT ? "agent" : "customer",
                peer->conversation, code, (int)reason.length, reason.at);
    peer_close(peer);
}

static void on_close_frame(struct load *load, struct peer *peer, const struct frame *frame)
{
    const unsigned char *code = (const unsigned char *)frame->payload;
    if (frame->length < 2)
        on_close(load, peer, 1005, (struct slice){"", 0}); /* 1005: "no code", RFC 6455 7.4.1 */
    else
        on_close(load, peer, code[0] << 8 | code[1], (struct slice){frame->payload + 2, frame->length - 2});
}

static void on_message(struct load *load, struct peer *peer, const struct frame *frame)
{
    struct slice payload = {frame->payload, frame->length};
    if (frame->final && frame->opcode != CONTINUATION) {
        load->protocol->received(load, peer, payload);
        return;
    }
    buffer_add(&peer->fragments, payload.at, payload.length);
    if (!frame->final)
        return;
    load->protocol->received(load, peer, (struct slice){peer->fragments.bytes, peer->fragments.length});
    peer->fragments.length = 0;
}

static size_t on_frame(struct load *load, struct peer *peer, struct slice bytes)
{
    struct frame frame;
    size_t taken = websocket_read(bytes.at, bytes.length, &frame);
    if (taken == 0)
        return 0;
    if (frame.opcode == CLOSE)
        on_close_frame(load, peer, &frame);
    else if (frame.opcode == PING)
        load_send(load, peer, PONG, frame.payload, frame.length);
    else if (frame.opcode != PONG)
        on_message(load, peer, &frame);
    return taken;
}

static size_t take(struct load *load, struct peer *peer, struct slice bytes)
{
    switch (peer->stage) {
    case TICKET: return on_ticket(peer, bytes);
    case UPGRADE: return on_upgrade(load, peer, bytes);
    case OPEN: return on_frame(load, peer, bytes);
    case TICKETED: case CLOSED: return 0;
    }
    return 0;
}

static size_t take_all(struct load *load, struct peer *peer, struct slice bytes)
{
    size_t taken = 0, step;
    while (taken < bytes.length && (step = take(load, peer, (struct slice){bytes.at + taken, bytes.length - taken})) > 0)
        taken += step;
    return taken;
}

static void take_with_unread(struct load *load, struct peer *peer, const char *bytes, size_t length)
{
    buffer_add(&peer->unread, bytes, length);
    buffer_drop(&peer->unread, take_all(load, peer, (struct slice){peer->unread.bytes, peer->unread.length}));
}

static void take_directly(struct load *load, struct peer *peer, const char *bytes, size_t length)
{
    size_t taken = take_all(load, peer, (struct slice){bytes, length});
    if (taken < length)
        buffer_add(&peer->unread, bytes + taken, length - taken);
}

static void on_end(struct load *load, struct peer *peer)
{
    if (peer->stage != OPEN)
        load_fail("closed while connecting", (struct slice){peer->unread.bytes, peer->unread.length});
    on_close(load, peer, 0, (struct slice){"", 0});
}

static void read_peer(struct load *load, struct peer *peer)
{
    static char scratch[SCRATCH];
    ssize_t length = recv(peer->fd, scratch, SCRATCH, 0);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0)
        on_end(load, peer);
    else if (peer->unread.length > 0)
        take_with_unread(load, peer, scratch, (size_t)length);
    else
        take_directly(load, peer, scratch, (size_t)length);
    if (peer->stage == TICKETED) {
        peer_close(peer);
        peer_connect(peer, load->epoll, load_port(load, peer), UPGRADE);
    }
}

static void on_room(struct load *load, struct peer *peer)
{
    if (peer->asked) {
        peer_write_unsent(peer, load->epoll);
        return;
    }
    peer->asked = true; /* the TCP connection stands */
    if (peer->stage == TICKET)
        http_ask_ticket(load, peer);
    else
        http_ask_upgrade(load, peer);
    peer_write_unsent(peer, load->epoll);
}

static void on_event(struct load *load, const struct epoll_event *event)
{
    struct peer *peer = event->data.ptr;
    if (event->events & EPOLLOUT)
        on_room(load, peer);
    if (peer->fd >= 0 && event->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        read_peer(load, peer);
}

static void beat(struct load *load, struct peer *peer, uint64_t now)
{
    if (peer->ready && peer->stage == OPEN && now - peer->last_sent_at > HEARTBEAT_S * SECOND)
        load->protocol->heartbeat(load, peer);
}

static void beat_all(struct load *load, uint64_t now)
{
    if (now < load->next_beat)
        return;
    load->next_beat = now + SECOND;
    for (uint32_t i = 0; i < load->started; i++) {
        beat(load, &load->conversations[i].customer, now);
        beat(load, &load->conversations[i].agent, now);
    }
}

/* At most a second, so that heartbeats are not late. */
static struct timespec wait_time(uint64_t now, uint64_t until)
{
    uint64_t wait = until <= now ? 0 : until - now;
    if (wait > SECOND)
        wait = SECOND;
    return (struct timespec){(time_t)(wait / SECOND), (long)(wait % SECOND)};
}

void load_run(struct load *load, uint64_t until, bool (*done)(struct load *load),
              uint64_t (*work)(struct load *load, uint64_t now))
{
    struct epoll_event events[EVENTS];
    for (uint64_t now = clock_now(); now < until && !(done != NULL && done(load)); now = clock_now()) {
        begin_more(load);
        beat_all(load, now);
        uint64_t next = work != NULL ? work(load, now) : until;
        struct timespec wait = wait_time(clock_now(), next < until ? next : until);
        int count = epoll_pwait2(load->epoll, events, EVENTS, &wait, NULL);
        for (int i = 0; i < count; i++)
            on_event(load, &events[i]);
    }
}
