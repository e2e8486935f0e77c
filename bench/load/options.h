/* What the command line asks for. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdint.h>

#define MOST_GROUPS 4
#define MOST_PROCESSES 16

struct group { /* processes that are counted together: server=123,124 */
    const char *name;
    int pids[MOST_PROCESSES];
    int count;
};

struct options {
    const char *protocol;
    uint16_t port, agent_port; /* two nodes: customers on the one, agents on the other */
    uint32_t conversations;
    int connecting;         /* conversations that may be connecting at the same moment */
    long in_flight;         /* closed loop when above 0 */
    double rate;            /* open loop when above 0, messages per second */
    double idle_s;          /* idle mode when above 0 */
    double warmup_s, measure_s, drain_s;
    int text_bytes;
    double duplicates;      /* share of messages that are sent twice, with the same id */
    const char *customers;  /* file: the JSON body of each customer's ticket request, a line each */
    const char *agents;     /* file: the Cookie header of each agent, a line each */
    struct group groups[MOST_GROUPS];
    int group_count;
};

/* Ends the program with a list of the options when one of them is wrong. */
struct options options_read(int count, char **words);

#endif
