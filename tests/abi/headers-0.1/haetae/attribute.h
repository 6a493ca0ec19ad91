/* SPDX-License-Identifier: Apache-2.0 */
/* Values and attributes: the OTLP AnyValue and KeyValue, as the caller holds
 * them.
 *
 * The three structs below are plain carriers, like struct iovec: their layout
 * is frozen for good, a new kind of value gets a new type tag, never a new
 * field. They are read during the call they are passed to and never kept, so
 * they may live on the stack, and so may all they point to.
 *
 * Text is a pointer and a length in bytes. It should be UTF-8; bytes that are
 * not are recorded as U+FFFD. It need not end with NUL and may contain it.
 * A NULL pointer is empty text whatever the length says; a length above
 * PTRDIFF_MAX is treated as a mistake: the item is dropped and counted.
 *
 * Attributes with an empty key are dropped and counted. Of two attributes with
 * the same key the later one wins.
 * Specification: common, "Attribute", "AnyValue" and "Attribute limits". */
#ifndef HAETAE_ATTRIBUTE_H
#define HAETAE_ATTRIBUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "version.h"

HAETAE_BEGIN_DECLS

/* Text with its length in bytes. */
typedef struct haetae_string {
    const char *data;
    size_t length;
} haetae_string;

/* Which member of haetae_value.as is set. */
typedef enum haetae_value_type {
    HAETAE_VALUE_EMPTY = 0,  /* no value: AnyValue without a field         */
    HAETAE_VALUE_STRING = 1, /* as.string: UTF-8 text                      */
    HAETAE_VALUE_BOOL = 2,   /* as.boolean                                 */
    HAETAE_VALUE_INT64 = 3,  /* as.int64                                   */
    HAETAE_VALUE_DOUBLE = 4, /* as.real                                    */
    HAETAE_VALUE_ARRAY = 5,  /* as.array: values, of the same type or not  */
    HAETAE_VALUE_MAP = 6,    /* as.map: attributes                         */
    HAETAE_VALUE_BYTES = 7   /* as.bytes                                   */
} haetae_value_type;

/* Arrays and maps nest at most this deep; what is deeper is recorded as an
 * empty value. */
#define HAETAE_VALUE_DEPTH_MAX 8

typedef struct haetae_value haetae_value;
typedef struct haetae_attribute haetae_attribute;

struct haetae_value {
    int32_t type;     /* a haetae_value_type; an unknown one counts as empty */
    int32_t reserved; /* zero */
    union {
        bool boolean;
        int64_t int64;
        double real;
        haetae_string string;
        struct {
            const uint8_t *data;
            size_t length;
        } bytes;
        struct {
            const haetae_value *items;
            size_t count;
        } array;
        struct {
            const haetae_attribute *items;
            size_t count;
        } map;
    } as;
};

struct haetae_attribute {
    haetae_string key;
    haetae_value value;
};

/* Makers of values. They only fill the struct: what they are given is borrowed
 * until the call that the value is passed to returns. */

static inline haetae_string haetae_string_of(const char *text)
{
    haetae_string s;
    s.data = text;
    s.length = text != NULL ? strlen(text) : 0;
    return s;
}

static inline haetae_value haetae_value_empty(void)
{
    haetae_value v;
    v.type = HAETAE_VALUE_EMPTY;
    v.reserved = 0;
    v.as.string.data = NULL;
    v.as.string.length = 0;
    return v;
}

static inline haetae_value haetae_value_text(const char *text, size_t length)
{
    haetae_value v = haetae_value_empty();
    v.type = HAETAE_VALUE_STRING;
    v.as.string.data = text;
    v.as.string.length = length;
    return v;
}

static inline haetae_value haetae_value_of(haetae_string text)
{
    return haetae_value_text(text.data, text.length);
}

/* `text` ends with NUL. */
static inline haetae_value haetae_value_string(const char *text)
{
    return haetae_value_text(text, text != NULL ? strlen(text) : 0);
}

static inline haetae_value haetae_value_bool(bool value)
{
    haetae_value v = haetae_value_empty();
    v.type = HAETAE_VALUE_BOOL;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    v.as.int64 = value ? 1 : 0; /* the same bytes, by which compilers make better code */
#else
    v.as.boolean = value;
#endif
    return v;
}

static inline haetae_value haetae_value_int64(int64_t value)
{
    haetae_value v = haetae_value_empty();
    v.type = HAETAE_VALUE_INT64;
    v.as.int64 = value;
    return v;
}

/* OTLP has no unsigned integer: a value above INT64_MAX is recorded as
 * INT64_MAX. */
static inline haetae_value haetae_value_uint64(uint64_t value)
{
    return haetae_value_int64(value > (uint64_t)INT64_MAX ? INT64_MAX : (int64_t)value);
}

static inline haetae_value haetae_value_double(double value)
{
    haetae_value v = haetae_value_empty();
    v.type = HAETAE_VALUE_DOUBLE;
    v.as.real = value;
    return v;
}

static inline haetae_value haetae_value_bytes(const void *data, size_t length)
{
    haetae_value v = haetae_value_empty();
    v.type = HAETAE_VALUE_BYTES;
    v.as.bytes.data = (const uint8_t *)data;
    v.as.bytes.length = length;
    return v;
}

static inline haetae_value haetae_value_array(const haetae_value *items, size_t count)
{
    haetae_value v = haetae_value_empty();
    v.type = HAETAE_VALUE_ARRAY;
    v.as.array.items = items;
    v.as.array.count = count;
    return v;
}

static inline haetae_value haetae_value_map(const haetae_attribute *items, size_t count)
{
    haetae_value v = haetae_value_empty();
    v.type = HAETAE_VALUE_MAP;
    v.as.map.items = items;
    v.as.map.count = count;
    return v;
}

/* An attribute from a NUL-terminated key and a value. */
static inline haetae_attribute haetae_attribute_of(const char *key, haetae_value value)
{
    haetae_attribute a;
    a.key.data = key;
    a.key.length = key != NULL ? strlen(key) : 0;
    a.value = value;
    return a;
}

/* C11: HAETAE_ATTR("key", value) picks the value's type from the expression. Mind that in
 * C `true` and `a == b` are of type int, and so is 'x' of a character: write (bool)true,
 * or haetae_value_bool().
 * C++ and C99 use haetae_attribute_of("key", haetae_value_…(value)). */
#if !defined(__cplusplus) && defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L

static inline haetae_value haetae_value_same(haetae_value value)
{
    return value;
}

#define HAETAE_VALUE(x)                                                                            \
    _Generic((x),                               \
        char *: haetae_value_string,            \
        const char *: haetae_value_string,      \
        bool: haetae_value_bool,                \
        char: haetae_value_int64,               \
        signed char: haetae_value_int64,        \
        unsigned char: haetae_value_int64,      \
        short: haetae_value_int64,              \
        unsigned short: haetae_value_int64,     \
        int: haetae_value_int64,                \
        unsigned int: haetae_value_int64,       \
        long: haetae_value_int64,               \
        unsigned long: haetae_value_uint64,     \
        long long: haetae_value_int64,          \
        unsigned long long: haetae_value_uint64, \
        float: haetae_value_double,             \
        double: haetae_value_double,            \
        haetae_string: haetae_value_of,         \
        haetae_value: haetae_value_same)(x)

#define HAETAE_ATTR(key, value) ((haetae_attribute){haetae_string_of(key), HAETAE_VALUE(value)})

/* An attribute list for a call that takes `attributes, count`:
 *     haetae_span_set_attributes(span, HAETAE_ATTRS(HAETAE_ATTR("a", 1), HAETAE_ATTR("b", "x")));
 * It lives until the enclosing block ends. */
#define HAETAE_ATTRS(...)                                                                          \
    ((const haetae_attribute[]){__VA_ARGS__}),                                                     \
        (sizeof((const haetae_attribute[]){__VA_ARGS__}) / sizeof(haetae_attribute))

#endif

/* For text literals, where a call takes `text, length`. */
#define HAETAE_TEXT(literal) ("" literal), (sizeof("" literal) - 1)

HAETAE_END_DECLS

#endif
