/* What was sent, acked and delivered, message by message: nothing is sampled. */
#include "ledger.h"

#include <stdlib.h>

#include "buffer.h"
#include "clock.h"

void ledger_open(struct ledger *ledger, uint32_t conversations)
{
    *ledger = (struct ledger){.conversations = conversations, .from = NEVER, .to = NEVER};
    ledger->threads = calloc(conversations, sizeof *ledger->threads);
    for (uint32_t i = 0; i < conversations; i++)
        ledger->threads[i].newest_delivered = -1;
}

uint32_t ledger_post(struct ledger *ledger, uint32_t conversation, uint64_t due_at)
{
    struct thread *thread = &ledger->threads[conversation];
    if (thread->count == thread->capacity) {
        thread->capacity = thread->capacity ? 2 * thread->capacity : 64;
        thread->messages = grown(thread->messages, thread->capacity * sizeof *thread->messages);
    }
    thread->messages[thread->count] = (struct message){.due_at = due_at};
    ledger->sent++;
    ledger->in_flight++;
    return thread->count++;
}

static struct message *find(struct ledger *ledger, uint32_t conversation, uint64_t index)
{
    if (conversation < ledger->conversations && index < ledger->threads[conversation].count)
        return &ledger->threads[conversation].messages[index];
    ledger->strange++;
    return NULL;
}

static void sample(struct samples *samples, uint64_t value)
{
    if (samples->count == samples->capacity) {
        samples->capacity = samples->capacity ? 2 * samples->capacity : 65536;
        samples->values = grown(samples->values, (size_t)samples->capacity * sizeof *samples->values);
    }
    samples->values[samples->count++] = value;
}

/* Throughput counts what arrives inside the window; latency counts what was due inside it, whenever it arrives. */
static void measure(struct ledger *ledger, struct message *message, struct samples *samples, long *in_window)
{
    uint64_t now = clock_now();
    if (message->due_at >= ledger->from && message->due_at < ledger->to)
        sample(samples, now - message->due_at);
    if (now >= ledger->from && now < ledger->to)
        ++*in_window;
}

static void compare_seq(struct ledger *ledger, struct message *message, uint32_t seq)
{
    if (message->seq != 0 && seq != 0 && message->seq != seq)
        ledger->mismatched++;
    if (seq != 0)
        message->seq = seq;
}

static void settle(struct ledger *ledger, struct message *message, uint8_t what)
{
    uint8_t before = message->seen;
    message->seen |= what;
    int was_done = (before & REFUSED) || (before & (ACKED | DELIVERED)) == (ACKED | DELIVERED);
    int is_done = (message->seen & REFUSED) || (message->seen & (ACKED | DELIVERED)) == (ACKED | DELIVERED);
    ledger->in_flight -= is_done && !was_done;
}

void ledger_acked(struct ledger *ledger, uint32_t conversation, uint64_t index, uint32_t seq)
{
    struct message *message = find(ledger, conversation, index);
    if (message == NULL)
        return;
    compare_seq(ledger, message, seq);
    if (message->seen & ACKED) /* the answer to our own repetition */
        return;
    measure(ledger, message, &ledger->ack, &ledger->acked_in_window);
    settle(ledger, message, ACKED);
}

void ledger_delivered(struct ledger *ledger, uint32_t conversation, uint64_t index, uint32_t seq)
{
    struct message *message = find(ledger, conversation, index);
    if (message == NULL)
        return;
    compare_seq(ledger, message, seq);
    if (message->seen & DELIVERED) {
        ledger->doubled++;
        return;
    }
    struct thread *thread = &ledger->threads[conversation];
    if ((int64_t)index < thread->newest_delivered)
        ledger->reordered++;
    else
        thread->newest_delivered = (int64_t)index;
    measure(ledger, message, &ledger->delivery, &ledger->delivered_in_window);
    settle(ledger, message, DELIVERED);
}

void ledger_refused(struct ledger *ledger, uint32_t conversation, uint64_t index)
{
    struct message *message = find(ledger, conversation, index);
    if (message == NULL)
        return;
    ledger->refused++;
    settle(ledger, message, REFUSED);
}

struct missing ledger_missing(const struct ledger *ledger)
{
    struct missing missing = {0};
    for (uint32_t i = 0; i < ledger->conversations; i++) {
        const struct thread *thread = &ledger->threads[i];
        for (uint32_t j = 0; j < thread->count; j++) {
            uint8_t seen = thread->messages[j].seen;
            missing.unacked += !(seen & (ACKED | REFUSED));
            missing.lost += !(seen & (DELIVERED | REFUSED));
            missing.acked_and_lost += (seen & ACKED) && !(seen & DELIVERED);
        }
    }
    return missing;
}

static int by_size(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

double samples_percentile_ms(struct samples *samples, double share)
{
    if (samples->count == 0)
        return -1;
    qsort(samples->values, (size_t)samples->count, sizeof *samples->values, by_size);
    long at = (long)(share * (double)samples->count);
    return (double)samples->values[at < samples->count ? at : samples->count - 1] / 1e6;
}
