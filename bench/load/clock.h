/* Time in nanoseconds on a clock that never jumps. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <time.h>

#define SECOND 1000000000ull
#define NEVER UINT64_MAX

static inline uint64_t clock_now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * SECOND + (uint64_t)at.tv_nsec;
}

static inline uint64_t clock_after(double seconds)
{
    return clock_now() + (uint64_t)(seconds * (double)SECOND);
}

#endif
