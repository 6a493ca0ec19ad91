/* SPDX-License-Identifier: Apache-2.0 */
/* A carrier for tests: headers in their order, of which a name may come more than once. */
#ifndef HAETAE_TESTS_PROPAGATION_HEADERS_H
#define HAETAE_TESTS_PROPAGATION_HEADERS_H

#include <strings.h>

#include "haetae/propagation.h"
#include "support/core_fixture.h"

enum { HEADERS_MAX = 64, HEADER_SIZE = 1024, HEADER_NAME_SIZE = 280 };

struct headers {
    char names[HEADERS_MAX][HEADER_NAME_SIZE];
    char values[HEADERS_MAX][HEADER_SIZE];
    size_t count;
    char given[HEADER_SIZE]; /* valid until the next call, as the API allows, and no longer */
};

static inline void headers_set(void *carrier, const char *name, const char *value)
{
    struct headers *headers = carrier;

    assert_true(headers->count < HEADERS_MAX);
    assert_true(strlen(value) < HEADER_SIZE);
    assert_true(strlen(name) < HEADER_NAME_SIZE);
    strcpy(headers->names[headers->count], name);
    strcpy(headers->values[headers->count++], value);
}

/* Headers, as names and values one after the other. */
static inline struct headers headers_of(const char *const *texts, size_t count)
{
    struct headers headers = {.count = 0};

    for (size_t i = 0; i < count; i += 2) {
        headers_set(&headers, texts[i], texts[i + 1]);
    }
    return headers;
}
#define HEADERS(...)                                                                               \
    headers_of((const char *const[]){__VA_ARGS__},                                                 \
               sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

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

/* ---- As the functions of haetae_carrier_ops ----------------------------------------------- */

static inline bool headers_ops_get(void *carrier, const char *key, size_t key_length, size_t index,
                                   haetae_string *ret_value)
{
    const char *value = headers_get_all(carrier, key, index);

    assert_int_equal(strlen(key), key_length);
    if (value != NULL) {
        *ret_value = haetae_string_of(value);
    }
    return value != NULL;
}

static inline bool headers_ops_key(void *carrier, size_t index, haetae_string *ret_key)
{
    struct headers *headers = carrier;

    memset(headers->given, '!', sizeof headers->given - 1);
    if (index >= headers->count) {
        return false;
    }
    *ret_key = haetae_string_of(strcpy(headers->given, headers->names[index]));
    return true;
}

static inline void headers_ops_remove(void *carrier, const char *key, size_t key_length)
{
    struct headers *headers = carrier;
    size_t kept = 0;

    assert_int_equal(strlen(key), key_length);
    for (size_t i = 0; i < headers->count; i++) {
        if (strcasecmp(headers->names[i], key) != 0) {
            memmove(headers->names[kept], headers->names[i], HEADER_NAME_SIZE);
            memmove(headers->values[kept++], headers->values[i], HEADER_SIZE);
        }
    }
    headers->count = kept;
}

static inline void headers_ops_set(void *carrier, const char *key, size_t key_length,
                                   const char *value, size_t value_length)
{
    assert_int_equal(strlen(value), value_length);
    headers_ops_remove(carrier, key, key_length);
    headers_set(carrier, key, value);
}

static const haetae_carrier_ops headers_ops = {.struct_size = sizeof(haetae_carrier_ops),
                                               .get = headers_ops_get,
                                               .key = headers_ops_key,
                                               .set = headers_ops_set,
                                               .remove = headers_ops_remove};

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
