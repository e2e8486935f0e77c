/* Reads single fields of a JSON object, in whatever order and spacing a server writes them. */
#include "json.h"

#include <string.h>

static const char *skip_spaces(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
        at++;
    return at;
}

/* `at` stands on the opening quote; returns the place after the closing one. */
static const char *skip_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\')
            at++;
    return at < end ? at + 1 : end;
}

/* Any value: string, number, literal, or a whole object or array with what is in it. */
static const char *skip_value(const char *at, const char *end)
{
    int depth = 0;
    while (at < end) {
        if (*at == '"') {
            at = skip_string(at, end);
        } else if (*at == '{' || *at == '[') {
            depth++;
            at++;
        } else if (*at == '}' || *at == ']') {
            if (depth == 0)
                return at;
            depth--;
            at++;
        } else if (depth == 0 && *at == ',') {
            return at;
        } else {
            at++;
            continue;
        }
        if (depth == 0)
            return at;
    }
    return end;
}

static struct slice unquoted(const char *from, const char *to)
{
    if (to - from >= 2 && *from == '"')
        return (struct slice){from + 1, (size_t)(to - from - 2)};
    return (struct slice){from, (size_t)(to - from)};
}

bool json_field(struct slice object, const char *name, struct slice *value)
{
    const char *end = object.at + object.length;
    const char *at = skip_spaces(object.at, end);
    if (at == end || *at != '{')
        return false;
    at = skip_spaces(at + 1, end);
    while (at < end && *at == '"') {
        const char *after = skip_string(at, end);
        struct slice key = unquoted(at, after);
        at = skip_spaces(after, end);
        if (at == end || *at != ':')
            return false;
        at = skip_spaces(at + 1, end);
        after = skip_value(at, end);
        if (slice_is(key, name)) {
            *value = unquoted(at, after);
            return true;
        }
        at = skip_spaces(after, end);
        if (at == end || *at != ',')
            return false;
        at = skip_spaces(at + 1, end);
    }
    return false;
}

uint32_t json_number(struct slice object, const char *name)
{
    struct slice text;
    uint32_t number = 0;
    if (!json_field(object, name, &text))
        return 0;
    for (size_t i = 0; i < text.length && text.at[i] >= '0' && text.at[i] <= '9'; i++)
        number = number * 10 + (uint32_t)(text.at[i] - '0');
    return number;
}

bool slice_is(struct slice slice, const char *text)
{
    return slice.length == strlen(text) && memcmp(slice.at, text, slice.length) == 0;
}
