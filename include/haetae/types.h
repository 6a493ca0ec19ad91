/* SPDX-License-Identifier: Apache-2.0 */
/* The types that the other headers share: text, values, attributes, handles, option structs,
 * instrumentation scopes.
 *
 * haetae_string, haetae_value and haetae_attribute are plain carriers, like struct iovec. Their
 * layout is frozen for good: a new kind of value gets a new type tag, never a new field. A call
 * reads them, and all they point to, while it runs, and keeps no pointer to them, so they may live
 * on the stack.
 *
 * Text is a pointer and a length in bytes. It should be UTF-8: the library records U+FFFD in place
 * of bytes that are not. It need not end with NUL and may contain it.
 * A NULL pointer is empty text whatever the length. A length above PTRDIFF_MAX is a mistake: the
 * library drops the item and counts it.
 *
 * The library drops attributes with an empty key and counts them; in a map it leaves out the pair,
 * and in an array an invalid value is empty. Of two attributes with the same key the later one
 * wins; keys that are not UTF-8 are the same when they are recorded as the same. In lists of more
 * than 256 attributes, and in a call that adds hundreds to a span that has hundreds, equal keys may
 * both be recorded.
 * Specification: common, "Attribute", "AnyValue", "Attribute limits". */
#ifndef HAETAE_TYPES_H
#define HAETAE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "version.h"

HAETAE_BEGIN_DECLS

/* Handles to objects of the library. A NULL haetae_sdk is valid for every call and
 * records nothing. */
typedef struct haetae_sdk haetae_sdk;                     /* sdk.h      */
typedef struct haetae_config haetae_config;               /* config.h   */
typedef struct haetae_exporter haetae_exporter;           /* exporter.h */
typedef struct haetae_context haetae_context;             /* context.h  */
typedef struct haetae_metric_reader haetae_metric_reader; /* reader.h */

/* A handle to a span. It is a number, not a pointer: it can be stored, and passed between
 * threads and languages. A call with the handle of a span that has ended does nothing and is
 * counted (HAETAE_MISUSE_ENDED_SPAN). HAETAE_SPAN_NONE is valid for every call and does
 * nothing. In a forked child the handles of its parent are stale, but the current context
 * stays: the next span started there is a child of the parent's span. */
typedef uint64_t haetae_span;
#define HAETAE_SPAN_NONE ((haetae_span)0)

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

/* How deep arrays and maps may nest, unless HAETAE_VALUE_DEPTH_LIMIT is lower. A deeper value is
 * recorded as empty. */
#define HAETAE_VALUE_DEPTH_MAX 64

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

/* An exception or another error, for haetae_span_record_exception() and haetae_log_record. It
 * should have a `type` or a `message`. */
typedef struct haetae_exception {
    size_t struct_size;
    haetae_string type;                 /* exception.type, e.g. "ECONNREFUSED"  */
    haetae_string message;              /* exception.message                    */
    haetae_string stacktrace;           /* exception.stacktrace, may be empty   */
    const haetae_attribute *attributes; /* further attributes                   */
    size_t attribute_count;
} haetae_exception;

/* The next functions make a value. It points to what it was made from, which must not change until
 * the call that takes the value returns. */

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

/* `text` ends with NUL; NULL is empty text. */
static inline haetae_value haetae_value_string(const char *text)
{
    return haetae_value_text(text, text != NULL ? strlen(text) : 0);
}

static inline haetae_value haetae_value_bool(bool value)
{
    haetae_value v = haetae_value_empty();
    v.type = HAETAE_VALUE_BOOL;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    v.as.int64 = value ? 1 : 0; /* the same bytes; compilers make better code of it */
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

/* OTLP has no unsigned integer: the result is INT64_MAX for a value above it. */
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

/* Makes an attribute from a NUL-terminated key and a value. */
static inline haetae_attribute haetae_attribute_of(const char *key, haetae_value value)
{
    haetae_attribute a;
    a.key.data = key;
    a.key.length = key != NULL ? strlen(key) : 0;
    a.value = value;
    return a;
}

/* C11: HAETAE_ATTR("key", value) takes the value's type from the expression. In C, `true`,
 * `a == b` and 'x' have type int: write (bool)true or haetae_value_bool() for a boolean.
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

/* The same for text with a length, which need not end with NUL. */
#define HAETAE_ATTR_TEXT(key, text, length)                                                        \
    ((haetae_attribute){haetae_string_of(key), haetae_value_text((text), (length))})

/* An array of attributes and its count, for a call that takes both:
 *     haetae_span_set_attributes(span, HAETAE_ATTRS(HAETAE_ATTR("a", 1), HAETAE_ATTR("b", "x")));
 * The array lives until the enclosing block ends. */
#define HAETAE_ATTRS(...)                                                                          \
    ((const haetae_attribute[]){__VA_ARGS__}),                                                     \
        (sizeof((const haetae_attribute[]){__VA_ARGS__}) / sizeof(haetae_attribute))

#endif

/* A string literal and its length, for a call that takes both. */
#define HAETAE_TEXT(literal) ("" literal), (sizeof("" literal) - 1)

/* Bits of trace_flags: the trace is sampled; the last seven bytes of the trace id, at least, are
 * random. Root spans of the library have the second, and all 16 bytes of their trace ids are
 * random. Other bits are not known, and not passed on.
 * Specification: W3C Trace Context (Level 2), "trace-flags". */
#define HAETAE_TRACE_FLAG_SAMPLED 0x01u
#define HAETAE_TRACE_FLAG_RANDOM  0x02u

/* What identifies a span in every process. Its layout never changes. A context that is all zero is
 * invalid. Contexts can be copied. A program that makes one itself sets `reserved` to zero; in a
 * context that the library has filled it refers to the tracestate.
 * Specification: "SpanContext". */
typedef struct haetae_span_context {
    uint8_t trace_id[16];
    uint8_t span_id[8];
    uint8_t trace_flags; /* HAETAE_TRACE_FLAG_…, as in traceparent       */
    uint8_t is_remote;   /* 1 when it came from another process          */
    uint8_t reserved[6]; /* see above                                    */
} haetae_span_context;

/* ---- Option structs --------------------------------------------------------- */

/* A struct that may grow in later versions begins with `size_t struct_size`: its size in the
 * headers that the caller was compiled with. HAETAE_OPTIONS sets it, sets the fields that are
 * named, and zeroes the others:
 *     haetae_span_options options =
 *         HAETAE_OPTIONS(haetae_span_options, .kind = HAETAE_SPAN_KIND_SERVER);
 * In C (C99 and later) it is an initializer, in C++ (C++11 and later) an expression without fields.
 * A library that is older or newer than the caller's headers reads the fields that both have. If
 * the caller has set others, it counts HAETAE_MISUSE_NEWER_CALLER. A struct that is smaller than
 * its first version, or larger than 4096 bytes, is a mistake: the library ignores it and counts
 * HAETAE_MISUSE_ARGUMENT, or returns HAETAE_EINVAL if the call returns a status. docs/abi.md has
 * the details. */
/* clang-format off */
#if defined(__cplusplus)
#define HAETAE_OPTIONS(type) \
    ([] { type haetae_new_ = type(); haetae_new_.struct_size = sizeof(type); return haetae_new_; }())
#else
#define HAETAE_OPTIONS(...) HAETAE_OPTIONS_FIELDS(__VA_ARGS__, )
#define HAETAE_OPTIONS_FIELDS(type, ...) {.struct_size = sizeof(type), __VA_ARGS__}
#endif
/* clang-format on */

/* What is instrumented: a library or a module. Specification: "Instrumentation scope". */
typedef struct haetae_scope_options {
    size_t struct_size;
    haetae_string name;       /* e.g. the library's name; should not be empty */
    haetae_string version;    /* the library's version; may be empty          */
    haetae_string schema_url; /* may be empty                                 */
    const haetae_attribute *attributes;
    size_t attribute_count;
} haetae_scope_options;

HAETAE_END_DECLS

#endif
