/* SPDX-License-Identifier: Apache-2.0 */
/* Attribute keys that a program uses again and again, with other values each time.
 *
 * A call that takes haetae_attribute reads and compares each key each time. The calls of metrics.h
 * whose names end in _keyed take a list of keys and an array of values; they read the keys when
 * they first see the list, and from then on only the values. They record the same. Sites do the
 * same for log records (logs.h) and for spans (trace.h).
 *
 * What the library prepares lies in memory of the list's owner (`room`). No record depends on it,
 * so the memory may be freed as soon as no call uses it: a module with static lists can be
 * unloaded. A list belongs to no SDK: it may be used with instruments of several SDKs, after a
 * shutdown and in a forked child. Any number of threads, and signal handlers, may use a list for
 * the first time at once: one prepares it, and the others record without the prepared form
 * meanwhile. So does each call with a list that cannot be prepared: a key is empty, duplicate, not
 * UTF-8 or longer than 80 bytes, or there is not enough room. */
#ifndef HAETAE_KEYS_H
#define HAETAE_KEYS_H

#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* A list of up to 16 keys. Its layout is frozen. It and what it points to must not change while
 * calls may use it. */
typedef struct haetae_keys {
    const haetae_string *names;
    size_t count;
    /* The library's: zero when the list is new, at a multiple of 8. NULL and 0: nothing is
     * prepared. A list that is copied needs its own. */
    void *room;
    size_t room_bytes; /* HAETAE_KEYS_ROOM_BYTES is enough */
} haetae_keys;

#define HAETAE_KEYS_ROOM_BYTES 64

/* Makes a list of copies of `names`.
 * Ownership: the caller frees it by haetae_keys_free(), after the last call that uses it. Output
 * untouched on failure. Threads: any. Errors: HAETAE_EINVAL (no names, more than 16, or one that
 * cannot be prepared), HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_keys_new(const haetae_string *names, size_t count,
                                         haetae_keys **ret_keys);

/* Frees a list that haetae_keys_new() made. NULL is ignored. */
HAETAE_API void haetae_keys_free(haetae_keys *keys);

/* ---- Macros ---------------------------------------------------------------------------------- */

/* clang-format off */

/* HAETAE_EACH(M, a, b, …) is M(a) M(b) …, of up to 16; HAETAE_EACH_PAIR(M, a, x, b, y, …) is
 * M(a, x) M(b, y) …, of up to 12 pairs. For the macros below, and for others like them. */
#define HAETAE_EACH_1(M, x)       M(x)
#define HAETAE_EACH_2(M, x, ...)  M(x) HAETAE_EACH_1(M, __VA_ARGS__)
#define HAETAE_EACH_3(M, x, ...)  M(x) HAETAE_EACH_2(M, __VA_ARGS__)
#define HAETAE_EACH_4(M, x, ...)  M(x) HAETAE_EACH_3(M, __VA_ARGS__)
#define HAETAE_EACH_5(M, x, ...)  M(x) HAETAE_EACH_4(M, __VA_ARGS__)
#define HAETAE_EACH_6(M, x, ...)  M(x) HAETAE_EACH_5(M, __VA_ARGS__)
#define HAETAE_EACH_7(M, x, ...)  M(x) HAETAE_EACH_6(M, __VA_ARGS__)
#define HAETAE_EACH_8(M, x, ...)  M(x) HAETAE_EACH_7(M, __VA_ARGS__)
#define HAETAE_EACH_9(M, x, ...)  M(x) HAETAE_EACH_8(M, __VA_ARGS__)
#define HAETAE_EACH_10(M, x, ...) M(x) HAETAE_EACH_9(M, __VA_ARGS__)
#define HAETAE_EACH_11(M, x, ...) M(x) HAETAE_EACH_10(M, __VA_ARGS__)
#define HAETAE_EACH_12(M, x, ...) M(x) HAETAE_EACH_11(M, __VA_ARGS__)
#define HAETAE_EACH_13(M, x, ...) M(x) HAETAE_EACH_12(M, __VA_ARGS__)
#define HAETAE_EACH_14(M, x, ...) M(x) HAETAE_EACH_13(M, __VA_ARGS__)
#define HAETAE_EACH_15(M, x, ...) M(x) HAETAE_EACH_14(M, __VA_ARGS__)
#define HAETAE_EACH_16(M, x, ...) M(x) HAETAE_EACH_15(M, __VA_ARGS__)
#define HAETAE_EACH_PICK(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, each, ...) each
#define HAETAE_EACH(M, ...) HAETAE_EACH_PICK(__VA_ARGS__, \
    HAETAE_EACH_16, HAETAE_EACH_15, HAETAE_EACH_14, HAETAE_EACH_13, HAETAE_EACH_12, HAETAE_EACH_11, \
    HAETAE_EACH_10, HAETAE_EACH_9, HAETAE_EACH_8, HAETAE_EACH_7, HAETAE_EACH_6, HAETAE_EACH_5, \
    HAETAE_EACH_4, HAETAE_EACH_3, HAETAE_EACH_2, HAETAE_EACH_1, )(M, __VA_ARGS__)

#define HAETAE_PAIR_1(M, a, x)       M(a, x)
#define HAETAE_PAIR_2(M, a, x, ...)  M(a, x) HAETAE_PAIR_1(M, __VA_ARGS__)
#define HAETAE_PAIR_3(M, a, x, ...)  M(a, x) HAETAE_PAIR_2(M, __VA_ARGS__)
#define HAETAE_PAIR_4(M, a, x, ...)  M(a, x) HAETAE_PAIR_3(M, __VA_ARGS__)
#define HAETAE_PAIR_5(M, a, x, ...)  M(a, x) HAETAE_PAIR_4(M, __VA_ARGS__)
#define HAETAE_PAIR_6(M, a, x, ...)  M(a, x) HAETAE_PAIR_5(M, __VA_ARGS__)
#define HAETAE_PAIR_7(M, a, x, ...)  M(a, x) HAETAE_PAIR_6(M, __VA_ARGS__)
#define HAETAE_PAIR_8(M, a, x, ...)  M(a, x) HAETAE_PAIR_7(M, __VA_ARGS__)
#define HAETAE_PAIR_9(M, a, x, ...)  M(a, x) HAETAE_PAIR_8(M, __VA_ARGS__)
#define HAETAE_PAIR_10(M, a, x, ...) M(a, x) HAETAE_PAIR_9(M, __VA_ARGS__)
#define HAETAE_PAIR_11(M, a, x, ...) M(a, x) HAETAE_PAIR_10(M, __VA_ARGS__)
#define HAETAE_PAIR_12(M, a, x, ...) M(a, x) HAETAE_PAIR_11(M, __VA_ARGS__)
#define HAETAE_PAIR_PICK(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, each, ...) each
#define HAETAE_EACH_PAIR(M, ...) HAETAE_PAIR_PICK(__VA_ARGS__, \
    HAETAE_PAIR_12, , HAETAE_PAIR_11, , HAETAE_PAIR_10, , HAETAE_PAIR_9, , HAETAE_PAIR_8, , \
    HAETAE_PAIR_7, , HAETAE_PAIR_6, , HAETAE_PAIR_5, , HAETAE_PAIR_4, , HAETAE_PAIR_3, , \
    HAETAE_PAIR_2, , HAETAE_PAIR_1, , )(M, __VA_ARGS__)

/* clang-format on */

/* A key, a string literal, in the initializer of an array, and in a literal of several. */
#define HAETAE_KEY_NAME(key) {"" key, sizeof("" key) - 1},
#define HAETAE_KEY_TEXT(key) "" key

/* Defines a static list of 1 to 16 keys, which are string literals, at file or block scope:
 *     HAETAE_KEYS(request_keys, "http.request.method", "http.route"); */
#define HAETAE_KEYS(name, ...)                                                                     \
    static const haetae_string name##_names[] = {HAETAE_EACH(HAETAE_KEY_NAME, __VA_ARGS__)};       \
    static uint64_t name##_room[HAETAE_KEYS_ROOM_BYTES / 8];                                       \
    static const haetae_keys name = {name##_names, sizeof name##_names / sizeof name##_names[0],   \
                                     name##_room, sizeof name##_room}

/* C11: an array of up to 16 values and its count, for a call that takes both, with types as
 * HAETAE_ATTR() has them. The array lives until the enclosing block ends. */
#if !defined(__cplusplus) && defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define HAETAE_VALUE_ITEM(value) HAETAE_VALUE(value),
#define HAETAE_VALUES(...)                                                                         \
    ((const haetae_value[]){HAETAE_EACH(HAETAE_VALUE_ITEM, __VA_ARGS__)}),                         \
        (sizeof((const haetae_value[]){HAETAE_EACH(HAETAE_VALUE_ITEM, __VA_ARGS__)}) /             \
         sizeof(haetae_value))
#endif

HAETAE_END_DECLS

#endif
