/* Prints what was measured, as one JSON object. */
#ifndef REPORT_H
#define REPORT_H

#include "load.h"
#include "processes.h"

struct span { /* the measured stretch */
    double seconds, connect_s;
    struct usage before, after;
    long sockets; /* idle mode: opened between `empty` and `before` */
    struct usage empty;
    long backlog; /* messages in flight when it ended */
};

void report_traffic(struct load *load, const struct span *span);
void report_idle(struct load *load, const struct span *span);

#endif
