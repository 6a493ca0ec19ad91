/* SPDX-License-Identifier: Apache-2.0 */
/* A carrier for tests: headers in their order, of which a name may come more than once. */
#ifndef HAETAE_TESTS_PROPAGATION_HEADERS_H
#define HAETAE_TESTS_PROPAGATION_HEADERS_H

#include <strings.h>

#include "support/core_fixture.h"

enum { HEADERS_MAX = 64, HEADER_SIZE = 1024 };

struct headers {
    char names[HEADERS_MAX][32];
    char values[HEADERS_MAX][HEADER_SIZE];
    size_t count;
    char given[HEADER_SIZE]; /* valid until the next call, as the API allows, and no longer */
};

static inline void headers_set(void *carrier, const char *name, const char *value)
{
    struct headers *headers = carrier;

    assert_true(headers->count < HEADERS_MAX);
    assert_true(strlen(value) < HEADER_SIZE);
    strcpy(headers->names[headers->count], name);
    strcpy(headers->values[headers->count++], value);
}

static inline const char *headers_get_all(void *carrier, const char *name, size_t index)
{
    struct headers *headers = carrier;

    memset(headers->given, '!', sizeof headers->given - 1);
    for (size_t i = 0; i < headers->count; i++) {
        if (strcasecmp(headers->names[i], name) == 0 && index-- == 0) {
            return strcpy(headers->given, headers->values[i]);
        }
    }
    return NULL;
}

static inline const char *headers_get(void *carrier, const char *name)
{
    return headers_get_all(carrier, name, 0);
}

/* The only value of a header; NULL: there is none. */
static inline const char *headers_only(const struct headers *headers, const char *name)
{
    const char *found = NULL;

    for (size_t i = 0; i < headers->count; i++) {
        if (strcmp(headers->names[i], name) == 0) {
            assert_null(found);
            found = headers->values[i];
        }
    }
    return found;
}

#endif
