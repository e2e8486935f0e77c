/* Reads single fields of a JSON object, in whatever order and spacing a server writes them. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A stretch of somebody else's text; for strings, what stands between the quotes (escapes are left as they are). */
struct slice {
    const char *at;
    size_t length;
};

/* Only the object's own fields are looked at, not those of objects inside it. False: no such field. */
bool json_field(struct slice object, const char *name, struct slice *value);

/* The field as a number; 0 when it is missing. */
uint32_t json_number(struct slice object, const char *name);

bool slice_is(struct slice slice, const char *text);

#endif
