/* What processes use, from /proc: CPU seconds and resident memory. */
#ifndef PROCESSES_H
#define PROCESSES_H

#include "options.h"

struct usage {
    double group_cpu_s[MOST_GROUPS];
    double own_cpu_s;
    double busy_cpu_s;  /* of the whole machine */
    double stolen_cpu_s;/* taken by the hypervisor */
    long group_rss_kb[MOST_GROUPS];
};

struct usage processes_usage(const struct options *options);

#endif
