/* Prints what was measured, as one JSON object. */
#include "report.h"

#include <stdio.h>

static void count(const char *name, long value)
{
    printf("\"%s\":%ld,", name, value);
}

static void figure(const char *name, double value)
{
    printf("\"%s\":%.4f,", name, value);
}

/* CPU of everybody, in CPU seconds per second; `others` is what makes a run on a busy machine worth less. */
static void cpu(struct load *load, const struct span *span)
{
    double known = span->after.own_cpu_s - span->before.own_cpu_s;
    figure("generator_cpu", known / span->seconds);
    for (int i = 0; i < load->options.group_count; i++) {
        double used = span->after.group_cpu_s[i] - span->before.group_cpu_s[i];
        known += used;
        printf("\"%s_cpu_s\":%.3f,\"%s_rss_kb\":%ld,", load->options.groups[i].name, used, load->options.groups[i].name,
               span->after.group_rss_kb[i]);
    }
    double others = span->after.busy_cpu_s - span->before.busy_cpu_s - known;
    figure("others_cpu", others > 0 ? others / span->seconds : 0);
    figure("stolen_cpu", (span->after.stolen_cpu_s - span->before.stolen_cpu_s) / span->seconds);
}

static void begin(struct load *load, const struct span *span, const char *mode)
{
    printf("{\"mode\":\"%s\",\"protocol\":\"%s\",", mode, load->protocol->name);
    count("conversations", load->options.conversations);
    count("closed_sockets", load->closed);
    figure("seconds", span->seconds);
    figure("connect_s", span->connect_s);
    cpu(load, span);
}

void report_traffic(struct load *load, const struct span *span)
{
    struct ledger *ledger = &load->ledger;
    struct missing missing = ledger_missing(ledger);
    begin(load, span, load->options.rate > 0 ? "open" : "closed");
    figure("msg_s", (double)ledger->delivered_in_window / span->seconds);
    figure("acks_s", (double)ledger->acked_in_window / span->seconds);
    figure("p50_ms", samples_percentile_ms(&ledger->delivery, 0.5));
    figure("p99_ms", samples_percentile_ms(&ledger->delivery, 0.99));
    figure("p999_ms", samples_percentile_ms(&ledger->delivery, 0.999));
    figure("ack_p50_ms", samples_percentile_ms(&ledger->ack, 0.5));
    figure("ack_p99_ms", samples_percentile_ms(&ledger->ack, 0.99));
    count("delivered_in_window", ledger->delivered_in_window);
    count("sent", ledger->sent);
    count("backlog", span->backlog);
    count("unacked", missing.unacked);
    count("lost", missing.lost);
    count("acked_and_lost", missing.acked_and_lost);
    count("doubled", ledger->doubled);
    count("reordered", ledger->reordered);
    count("gaps", load->gaps);
    count("mismatched", ledger->mismatched);
    count("refused", ledger->refused);
    printf("\"strange\":%ld}\n", ledger->strange);
}

void report_idle(struct load *load, const struct span *span)
{
    begin(load, span, "idle");
    for (int i = 0; i < load->options.group_count; i++)
        printf("\"%s_kb_per_socket\":%.3f,", load->options.groups[i].name,
               (double)(span->before.group_rss_kb[i] - span->empty.group_rss_kb[i]) / (double)span->sockets);
    printf("\"sockets\":%ld}\n", span->sockets);
}
