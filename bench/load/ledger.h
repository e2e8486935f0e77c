/* What was sent, acked and delivered, message by message: nothing is sampled. */
#ifndef LEDGER_H
#define LEDGER_H

#include <stdint.h>

enum { ACKED = 1, DELIVERED = 2, REFUSED = 4 };

struct message {
    uint64_t due_at; /* open loop: when it should have been sent, so that a stall of ours or theirs is not hidden */
    uint32_t seq;    /* its place in the conversation as the server says; 0 = not known */
    uint8_t seen;
};

struct thread { /* the messages of one conversation, in the order they were sent */
    struct message *messages;
    uint32_t count, capacity;
    int64_t newest_delivered;
};

struct samples {
    uint64_t *values; /* ns */
    long count, capacity;
};

struct ledger {
    struct thread *threads;
    uint32_t conversations;
    uint64_t from, to; /* the measured window; NEVER until it begins */
    struct samples delivery, ack;
    long acked_in_window, delivered_in_window;
    long sent, in_flight;
    long doubled;   /* delivered again */
    long reordered; /* delivered after a later message of its conversation */
    long mismatched;/* ack and delivery name different seqs */
    long refused;   /* answered with an error */
    long strange;   /* an answer about a message that was never sent */
};

struct missing {
    long unacked, lost, acked_and_lost;
};

void ledger_open(struct ledger *ledger, uint32_t conversations);
uint32_t ledger_post(struct ledger *ledger, uint32_t conversation, uint64_t due_at);
void ledger_acked(struct ledger *ledger, uint32_t conversation, uint64_t index, uint32_t seq);
void ledger_delivered(struct ledger *ledger, uint32_t conversation, uint64_t index, uint32_t seq);
void ledger_refused(struct ledger *ledger, uint32_t conversation, uint64_t index);
struct missing ledger_missing(const struct ledger *ledger);

/* `share` 0.99 gives the 99th percentile in ms; sorts the samples. -1 when there are none. */
double samples_percentile_ms(struct samples *samples, double share);

#endif
