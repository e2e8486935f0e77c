/* Message ids: valid ULIDs that say, in their random part, which run, conversation and message they are. */
#include "ulid.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

static const char ALPHABET[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* Crockford's base 32 */

struct ulid_run ulid_run(void)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    return (struct ulid_run){
        .started_ms = (uint64_t)at.tv_sec * 1000 + (uint64_t)at.tv_nsec / 1000000,
        .run = ((uint32_t)getpid() ^ (uint32_t)at.tv_nsec) & 0xfffff,
    };
}

static char *write_number(char *into, uint64_t number, int characters)
{
    for (int i = characters - 1; i >= 0; i--, number >>= 5)
        into[i] = ALPHABET[number & 31];
    return into + characters;
}

static bool read_number(const char *from, int characters, uint64_t *number)
{
    *number = 0;
    for (int i = 0; i < characters; i++) {
        const char *digit = from[i] == '\0' ? NULL : strchr(ALPHABET, from[i]);
        if (digit == NULL)
            return false;
        *number = *number << 5 | (uint64_t)(digit - ALPHABET);
    }
    return true;
}

void ulid_write(struct ulid_run run, uint32_t conversation, uint64_t message, char *into)
{
    into = write_number(into, run.started_ms, 10);
    into = write_number(into, run.run, 4);
    into = write_number(into, conversation, 4);
    write_number(into, message, 8);
}

bool ulid_read(struct ulid_run run, const char *text, size_t length, uint32_t *conversation, uint64_t *message)
{
    uint64_t its_run, its_conversation;
    if (length != ULID_LENGTH || !read_number(text + 10, 4, &its_run) || its_run != run.run)
        return false;
    if (!read_number(text + 14, 4, &its_conversation) || !read_number(text + 18, 8, message))
        return false;
    *conversation = (uint32_t)its_conversation;
    return true;
}
