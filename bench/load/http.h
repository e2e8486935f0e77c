/* The little HTTP/1.1 that a socket begins with: fetch a ticket, ask for the upgrade. */
#ifndef HTTP_H
#define HTTP_H

#include "load.h"

void http_ask_ticket(struct load *load, struct peer *peer);
void http_ask_upgrade(struct load *load, struct peer *peer);

struct response {
    int status;
    struct slice body;
};

/* Reads a whole response with a Content-Length (or none) from the start of `bytes`; returns the bytes taken, 0 = wait. */
size_t http_read(struct slice bytes, struct response *response);

#endif
