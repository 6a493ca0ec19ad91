/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of attribute keys and values as arguments of macros. */
#ifndef HAETAE_KEYS_H
#define HAETAE_KEYS_H

#include "types.h"

HAETAE_BEGIN_DECLS

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

/* A key, a string literal, in the initializer of an array; its bytes, in a sum. */
#define HAETAE_KEY_NAME(key)  {"" key, sizeof("" key) - 1},
#define HAETAE_KEY_BYTES(key) +sizeof("" key)

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
