/* One socket of the load: a customer's or an agent's. Never blocks; keeps what the kernel would not take. */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

enum role { CUSTOMER, AGENT };

enum stage {
    CLOSED,
    TICKET,    /* a first TCP connection, on which a ticket is fetched by HTTP */
    TICKETED,  /* it has come; the connection is of no more use */
    UPGRADE,   /* the WebSocket handshake */
    OPEN,
};

struct peer {
    int fd;
    enum role role;
    enum stage stage;
    uint32_t conversation;
    bool asked;              /* the stage's HTTP request has been written */
    bool ready;              /* identified and following */
    bool waits_for_room;     /* `unsent` is not empty, epoll tells when it can go */
    struct buffer unread;    /* the first part of something whose rest has not come */
    struct buffer unsent;
    struct buffer fragments; /* of one WebSocket message */
    struct buffer stream;    /* for protocols that run a byte stream inside such messages */
    uint64_t last_sent_at;
    uint32_t seq;            /* where the server's event stream stands; 0 = nothing seen */
    char ticket[201];
};

/* Begins to connect to 127.0.0.1; the first writable event says that it is done. Ends the program when it can't. */
void peer_connect(struct peer *peer, int epoll, uint16_t port, enum stage stage);
void peer_close(struct peer *peer);
void peer_write(struct peer *peer, int epoll, const void *bytes, size_t length);
void peer_write_unsent(struct peer *peer, int epoll);

#endif
