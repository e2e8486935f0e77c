/* What the command line asks for. */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char USAGE[] =
    "load -P onethread|socketio|nats -p PORT [-q AGENTS_PORT] [-n CONVERSATIONS]\n"
    "     -w IN_FLIGHT | -r MESSAGES_PER_SECOND | -i IDLE_SECONDS\n"
    "     [-s SECONDS] [-W WARMUP_SECONDS] [-x DRAIN_SECONDS] [-l TEXT_BYTES] [-d DUPLICATE_SHARE]\n"
    "     [-c CONNECTING_AT_ONCE] [-C CUSTOMERS_FILE -A AGENTS_FILE] [-k GROUP=PID,PID]...\n";

static void fail(const char *why)
{
    fprintf(stderr, "%s\n%s", why, USAGE);
    exit(64);
}

static void read_group(struct options *options, char *word)
{
    char *equals = strchr(word, '=');
    if (equals == NULL || options->group_count == MOST_GROUPS)
        fail("-k takes GROUP=PID,PID, four times at most");
    *equals = '\0';
    struct group *group = &options->groups[options->group_count++];
    group->name = word;
    for (char *pid = strtok(equals + 1, ","); pid != NULL && group->count < MOST_PROCESSES; pid = strtok(NULL, ","))
        group->pids[group->count++] = atoi(pid);
}

static void check(const struct options *options)
{
    int modes = (options->in_flight > 0) + (options->rate > 0) + (options->idle_s > 0);
    if (options->protocol == NULL || options->port == 0 || options->conversations == 0)
        fail("-P, -p and -n are needed");
    if (modes != 1)
        fail("one of -w, -r and -i is needed");
    if (options->conversations >= 1u << 20)
        fail("an id has room for a million conversations");
    if (options->text_bytes < 1 || options->text_bytes > 8000)
        fail("a text has 1 to 8000 bytes");
}

struct options options_read(int count, char **words)
{
    struct options options = {
        .conversations = 200, .connecting = 16, .warmup_s = 1, .measure_s = 6, .drain_s = 3, .text_bytes = 100,
    };
    int letter;
    while ((letter = getopt(count, words, "P:p:q:n:w:r:i:s:W:x:l:d:c:C:A:k:")) != -1) {
        switch (letter) {
        case 'P': options.protocol = optarg; break;
        case 'p': options.port = (uint16_t)atoi(optarg); break;
        case 'q': options.agent_port = (uint16_t)atoi(optarg); break;
        case 'n': options.conversations = (uint32_t)atoi(optarg); break;
        case 'w': options.in_flight = atol(optarg); break;
        case 'r': options.rate = atof(optarg); break;
        case 'i': options.idle_s = atof(optarg); break;
        case 's': options.measure_s = atof(optarg); break;
        case 'W': options.warmup_s = atof(optarg); break;
        case 'x': options.drain_s = atof(optarg); break;
        case 'l': options.text_bytes = atoi(optarg); break;
        case 'd': options.duplicates = atof(optarg); break;
        case 'c': options.connecting = atoi(optarg); break;
        case 'C': options.customers = optarg; break;
        case 'A': options.agents = optarg; break;
        case 'k': read_group(&options, optarg); break;
        default: fail("unknown option");
        }
    }
    if (options.agent_port == 0)
        options.agent_port = options.port;
    check(&options);
    return options;
}
