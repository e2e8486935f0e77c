/* What processes use, from /proc: CPU seconds and resident memory. */
#include "processes.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static double ticks(unsigned long long count)
{
    return (double)count / (double)sysconf(_SC_CLK_TCK);
}

/* User and system time of the process and of its children that have ended: fields 14-17 of proc(5)'s stat. */
static double cpu_s(int pid)
{
    char path[64], line[1024];
    unsigned long long user, system;
    long long children_user, children_system;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    char *read = fgets(line, sizeof line, file);
    fclose(file);
    char *after_name = read ? strrchr(line, ')') : NULL; /* a name may hold spaces */
    if (after_name == NULL
        || sscanf(after_name + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %lld %lld", &user, &system,
                  &children_user, &children_system) != 4)
        return 0;
    return ticks(user + system + (unsigned long long)(children_user + children_system));
}

static long rss_kb(int pid)
{
    char path[64], line[256];
    long kb = 0;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    while (fgets(line, sizeof line, file) != NULL && sscanf(line, "VmRSS: %ld", &kb) != 1)
        ;
    fclose(file);
    return kb;
}

static void machine(struct usage *usage)
{
    unsigned long long user = 0, nice = 0, system = 0, idle, iowait, irq = 0, softirq = 0, steal = 0;
    FILE *file = fopen("/proc/stat", "r");
    if (file == NULL)
        return;
    if (fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &iowait, &irq,
               &softirq, &steal) == 8) {
        usage->busy_cpu_s = ticks(user + nice + system + irq + softirq);
        usage->stolen_cpu_s = ticks(steal);
    }
    fclose(file);
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

struct usage processes_usage(const struct options *options)
{
    struct usage usage = {0};
    struct rusage own;
    getrusage(RUSAGE_SELF, &own);
    usage.own_cpu_s = seconds(own.ru_utime) + seconds(own.ru_stime);
    for (int i = 0; i < options->group_count; i++)
        for (int j = 0; j < options->groups[i].count; j++) {
            usage.group_cpu_s[i] += cpu_s(options->groups[i].pids[j]);
            usage.group_rss_kb[i] += rss_kb(options->groups[i].pids[j]);
        }
    machine(&usage);
    return usage;
}
