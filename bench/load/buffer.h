/* Bytes that grow at the end and are taken from the front. */
#ifndef BUFFER_H
#define BUFFER_H

#include <stddef.h>

struct buffer {
    char *bytes;
    size_t length, capacity;
};

void buffer_add(struct buffer *buffer, const void *bytes, size_t length);
void buffer_drop(struct buffer *buffer, size_t length);

/* Like malloc/realloc, but ends the program when memory is out: a load test has nothing better to do. */
void *grown(void *memory, size_t bytes);

#endif
