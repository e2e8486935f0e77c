/* One socket of the load: a customer's or an agent's. Never blocks; keeps what the kernel would not take. */
#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void watch(struct peer *peer, int epoll, int change, bool for_room)
{
    struct epoll_event event = {.events = EPOLLIN | (for_room ? EPOLLOUT : 0u), .data.ptr = peer};
    if (epoll_ctl(epoll, change, peer->fd, &event) < 0)
        fail("epoll_ctl");
    peer->waits_for_room = for_room;
}

void peer_connect(struct peer *peer, int epoll, uint16_t port, enum stage stage)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1;
    peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (peer->fd < 0)
        fail("socket");
    setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(peer->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS)
        fail("connect");
    peer->stage = stage;
    peer->asked = false;
    peer->unread.length = peer->unsent.length = 0;
    watch(peer, epoll, EPOLL_CTL_ADD, true);
}

void peer_close(struct peer *peer)
{
    close(peer->fd);
    peer->fd = -1;
    peer->stage = CLOSED;
}

static size_t write_now(struct peer *peer, const void *bytes, size_t length)
{
    ssize_t written = send(peer->fd, bytes, length, MSG_NOSIGNAL);
    return written > 0 ? (size_t)written : 0; /* an error shows itself when the socket is read */
}

void peer_write(struct peer *peer, int epoll, const void *bytes, size_t length)
{
    if (peer->stage == CLOSED)
        return;
    peer->last_sent_at = clock_now();
    size_t written = peer->unsent.length == 0 ? write_now(peer, bytes, length) : 0;
    if (written == length)
        return;
    buffer_add(&peer->unsent, (const char *)bytes + written, length - written);
    if (!peer->waits_for_room)
        watch(peer, epoll, EPOLL_CTL_MOD, true);
}

void peer_write_unsent(struct peer *peer, int epoll)
{
    if (peer->unsent.length > 0)
        buffer_drop(&peer->unsent, write_now(peer, peer->unsent.bytes, peer->unsent.length));
    if (peer->unsent.length == 0 && peer->waits_for_room)
        watch(peer, epoll, EPOLL_CTL_MOD, false);
}
