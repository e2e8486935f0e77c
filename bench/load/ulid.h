/* Message ids: valid ULIDs that say, in their random part, which run, conversation and message they are.

   time of the run 48 bits (10 characters) | run 20 bits (4) | conversation 20 bits (4) | message 40 bits (8) */
#ifndef ULID_H
#define ULID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ULID_LENGTH 26

struct ulid_run {
    uint64_t started_ms;
    uint32_t run;
};

struct ulid_run ulid_run(void);

/* Writes ULID_LENGTH characters, no end mark. */
void ulid_write(struct ulid_run run, uint32_t conversation, uint64_t message, char *into);

/* False: not an id of this run. */
bool ulid_read(struct ulid_run run, const char *text, size_t length, uint32_t *conversation, uint64_t *message);

#endif
