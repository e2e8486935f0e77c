/* The little HTTP/1.1 that a socket begins with: fetch a ticket, ask for the upgrade. */
#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *line_of(const struct lines *lines, uint32_t number)
{
    return lines->count > 0 ? lines->at[number % lines->count] : "";
}

void http_ask_ticket(struct load *load, struct peer *peer)
{
    char request[8192], cookie[2048] = "";
    const char *body = "{\"kind\":\"agent\"}";
    if (peer->role == AGENT)
        snprintf(cookie, sizeof cookie, "Cookie: %s\r\n", line_of(&load->agents, peer->conversation));
    else
        body = line_of(&load->customers, peer->conversation);
    int length = snprintf(request, sizeof request,
                          "POST /api/v1/tickets HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nOrigin: http://127.0.0.1:%u\r\n%s"
                          "Content-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                          load_port(load, peer), load_port(load, peer), cookie, strlen(body), body);
    peer_write(peer, load->epoll, request, (size_t)length);
}

void http_ask_upgrade(struct load *load, struct peer *peer)
{
    char request[1024], subprotocol[128] = "";
    if (load->protocol->subprotocol != NULL)
        snprintf(subprotocol, sizeof subprotocol, "Sec-WebSocket-Protocol: %s\r\n", load->protocol->subprotocol);
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nOrigin: http://127.0.0.1:%u\r\n"
                          "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: b25lIHRocmVhZCBmb3IgYQ==\r\n%s\r\n",
                          load->protocol->path, load_port(load, peer), load_port(load, peer), subprotocol);
    peer_write(peer, load->epoll, request, (size_t)length);
}

static size_t content_length(const char *head, size_t length)
{
    static const char NAME[] = "content-length:";
    for (size_t i = 0; i + sizeof NAME < length; i++)
        if (head[i] == '\n' && strncasecmp(head + i + 1, NAME, sizeof NAME - 1) == 0)
            return strtoul(head + i + sizeof NAME, NULL, 10);
    return 0;
}

size_t http_read(struct slice bytes, struct response *response)
{
    const char *end = memmem(bytes.at, bytes.length, "\r\n\r\n", 4);
    if (end == NULL || bytes.length < 12)
        return 0;
    size_t head = (size_t)(end - bytes.at) + 4;
    size_t body = content_length(bytes.at, head);
    if (bytes.length < head + body)
        return 0;
    *response = (struct response){atoi(bytes.at + 9), {bytes.at + head, body}};
    return head + body;
}
