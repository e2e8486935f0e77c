/* A load on one server: connect, warm up, measure, drain, report. `load -h` lists the options; bench/README.md explains. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "load.h"
#include "report.h"

#define CONNECT_S 120
#define FIRST_BATCH 100 /* idle mode: conversations that are opened before memory is first read */

static const struct protocol *find_protocol(const char *name)
{
    const struct protocol *known[] = {&ONETHREAD, &SOCKETIO, &NATS};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i]->name, name) == 0)
            return known[i];
    fprintf(stderr, "no such protocol: %s\n", name);
    exit(64);
}

static struct lines read_lines(const char *path)
{
    struct lines lines = {0};
    char *line = NULL;
    size_t capacity = 0;
    FILE *file = path != NULL ? fopen(path, "r") : NULL;
    if (path != NULL && file == NULL) {
        perror(path);
        exit(64);
    }
    while (file != NULL && getline(&line, &capacity, file) > 1) {
        line[strcspn(line, "\n")] = '\0';
        lines.at = grown(lines.at, (lines.count + 1) * sizeof *lines.at);
        lines.at[lines.count++] = strdup(line);
    }
    free(line);
    if (file != NULL)
        fclose(file);
    return lines;
}

static char *write_text(int bytes)
{
    static const char WORDS[] = "My parcel has not come yet, could you please see where it is? ";
    char *text = grown(NULL, (size_t)bytes + 1);
    for (int i = 0; i < bytes; i++)
        text[i] = WORDS[(size_t)i % (sizeof WORDS - 1)];
    text[bytes] = '\0';
    if (text[bytes - 1] == ' ')
        text[bytes - 1] = '.';
    return text;
}

static void allow_many_sockets(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static struct load *open_load(struct options options)
{
    struct load *load = calloc(1, sizeof *load);
    allow_many_sockets();
    *load = (struct load){
        .options = options, .protocol = find_protocol(options.protocol), .epoll = epoll_create1(EPOLL_CLOEXEC),
        .run = ulid_run(), .customers = read_lines(options.customers), .agents = read_lines(options.agents),
        .text = write_text(options.text_bytes), .chance = clock_now() | 1,
        .conversations = calloc(options.conversations, sizeof(struct conversation)),
    };
    ledger_open(&load->ledger, options.conversations);
    for (uint32_t i = 0; i < options.conversations; i++) {
        load->conversations[i].customer = (struct peer){.fd = -1, .role = CUSTOMER, .conversation = i};
        load->conversations[i].agent = (struct peer){.fd = -1, .role = AGENT, .conversation = i};
    }
    return load;
}

/* --- phases ------------------------------------------------------------------------------------------------ */

static bool all_connected(struct load *load)
{
    return load->connected >= load->wanted;
}

static void connect_up_to(struct load *load, uint32_t conversations)
{
    load->wanted = conversations;
    load_run(load, clock_after(CONNECT_S), all_connected, NULL);
    if (all_connected(load))
        return;
    fprintf(stderr, "only %u of %u conversations connected in %d s\n", load->connected, conversations, CONNECT_S);
    exit(3);
}

static void rest(struct load *load, double seconds)
{
    load_run(load, clock_after(seconds), NULL, NULL);
}

static void post(struct load *load, uint32_t conversation, uint64_t due_at)
{
    struct buffer *out = &load->outgoing;
    uint32_t index = ledger_post(&load->ledger, conversation, due_at);
    bool twice = load->options.duplicates > 0 && load_random(load) < load->options.duplicates * (double)UINT32_MAX;
    out->length = 0;
    load->protocol->post(load, conversation, index, out);
    if (twice)
        load->protocol->post(load, conversation, index, out);
    peer_write(&load->conversations[conversation].customer, load->epoll, out->bytes, out->length);
}

/* Closed loop: as soon as a message is acked and delivered the next conversation speaks. */
static uint64_t keep_in_flight(struct load *load, uint64_t now)
{
    (void)now;
    while (load->ledger.in_flight < load->options.in_flight)
        post(load, load->turn++ % load->options.conversations, clock_now());
    return NEVER;
}

/* Open loop: Poisson arrivals, each with the time at which it is due, whether the server keeps up or not. */
static uint64_t keep_rate(struct load *load, uint64_t now)
{
    if (load->next_due == 0)
        load->next_due = now;
    while (load->next_due <= now) {
        post(load, load_random(load) % load->options.conversations, load->next_due);
        double uniform = ((double)load_random(load) + 1) / 4294967297.0; /* never 0 */
        load->next_due += (uint64_t)(-log(uniform) / load->options.rate * (double)SECOND);
    }
    return load->next_due;
}

static bool nothing_in_flight(struct load *load)
{
    return load->ledger.in_flight <= 0;
}

static void run_traffic(struct load *load)
{
    struct span span = {0};
    uint64_t (*work)(struct load *, uint64_t) = load->options.rate > 0 ? keep_rate : keep_in_flight;
    uint64_t begun = clock_now();
    connect_up_to(load, load->options.conversations);
    span.connect_s = (double)(clock_now() - begun) / (double)SECOND;
    rest(load, 0.5);
    load_run(load, clock_after(load->options.warmup_s), NULL, work);
    span.before = processes_usage(&load->options);
    load->ledger.from = clock_now();
    load->ledger.to = clock_after(load->options.measure_s);
    load_run(load, load->ledger.to, NULL, work);
    span.after = processes_usage(&load->options);
    span.seconds = load->options.measure_s;
    span.backlog = load->ledger.in_flight;
    load_run(load, clock_after(load->options.drain_s), nothing_in_flight, NULL);
    rest(load, 0.2); /* a message that comes twice may come late */
    report_traffic(load, &span);
}

/* What a first socket costs (code loaded, pools filled) is not what a socket costs: memory is first read after some. */
static void run_idle(struct load *load)
{
    struct span span = {.sockets = 2 * ((long)load->options.conversations - FIRST_BATCH)};
    if (span.sockets <= 0)
        load_fail("idle mode needs more conversations", (struct slice){"", 0});
    connect_up_to(load, FIRST_BATCH);
    rest(load, 1);
    span.empty = processes_usage(&load->options);
    uint64_t begun = clock_now();
    connect_up_to(load, load->options.conversations);
    span.connect_s = (double)(clock_now() - begun) / (double)SECOND;
    rest(load, 2);
    span.before = processes_usage(&load->options);
    rest(load, load->options.idle_s);
    span.after = processes_usage(&load->options);
    span.seconds = load->options.idle_s;
    report_idle(load, &span);
}

int main(int count, char **words)
{
    struct load *load = open_load(options_read(count, words));
    if (load->options.idle_s > 0)
        run_idle(load);
    else
        run_traffic(load);
    return 0;
}
