/* The whole load, and what a protocol has to know to be part of it. */
#ifndef LOAD_H
#define LOAD_H

#include "json.h"
#include "ledger.h"
#include "options.h"
#include "peer.h"
#include "ulid.h"
#include "websocket.h"

struct load;

/* One server's language. To measure another server, write one of these. */
struct protocol {
    const char *name;
    const char *path;
    const char *subprotocol; /* NULL: none */
    bool tickets;            /* each socket first fetches a ticket by HTTP */

    /* The upgrade is done: say who it is. Later, load_ready() tells that the peer is identified and following. */
    void (*opened)(struct load *load, struct peer *peer);
    void (*received)(struct load *load, struct peer *peer, struct slice message);
    /* Adds the frame of the conversation's message number `index` to `out`. */
    void (*post)(struct load *load, uint32_t conversation, uint32_t index, struct buffer *out);
    void (*heartbeat)(struct load *load, struct peer *peer);
};

extern const struct protocol ONETHREAD, SOCKETIO, NATS;

struct conversation {
    struct peer customer, agent;
    char id[65]; /* as the server calls it */
};

struct lines {
    char **at;
    uint32_t count;
};

struct load {
    struct options options;
    const struct protocol *protocol;
    int epoll;
    struct conversation *conversations;
    uint32_t started;   /* conversations whose sockets began to connect */
    uint32_t wanted;    /* how many shall be connected in this phase */
    uint32_t connected;
    struct ledger ledger;
    struct ulid_run run;
    struct lines customers, agents;
    char *text;         /* what each message says */
    uint64_t chance;
    uint64_t next_beat;
    uint64_t next_due;  /* open loop */
    uint32_t turn;      /* closed loop: whose message is next */
    long closed;        /* sockets that the server closed */
    long gaps;          /* events whose seq does not follow the one before */
    struct buffer outgoing;
};

uint32_t load_random(struct load *load);
uint16_t load_port(const struct load *load, const struct peer *peer);
void load_send(struct load *load, struct peer *peer, enum opcode opcode, const void *bytes, size_t length);
void load_sendf(struct load *load, struct peer *peer, const char *format, ...) __attribute__((format(printf, 3, 4)));
void load_ready(struct load *load, struct peer *peer);

/* The seq of an event that arrived: 1, 2, 3 ... without gaps, whoever may see what. */
void load_saw_seq(struct load *load, struct peer *peer, uint32_t seq);

/* Ends the program: the server said something that makes the run worthless. */
void load_fail(const char *what, struct slice said) __attribute__((noreturn));

/* Connects, reads and writes until the time is over, or `done` says so. */
void load_run(struct load *load, uint64_t until, bool (*done)(struct load *load),
              uint64_t (*work)(struct load *load, uint64_t now));

#endif
