/* SPDX-License-Identifier: Apache-2.0 */
/* A compiler option includes this file before every source of the core. After each atomic
 * operation that other threads can see, a thread may lose its CPU. So the other threads see the
 * intermediate states of a protocol far more often than by chance. */
#ifndef HAETAE_TESTS_POINTS_POINTS_H
#define HAETAE_TESTS_POINTS_POINTS_H

#include <stdatomic.h>

/* A place where a thread may be interrupted. */
void points_pass(void);

#undef atomic_store_explicit
#define atomic_store_explicit(pointer, value, order)                                               \
    __extension__({                                                                                \
        __auto_type points_pointer = (pointer);                                                    \
        __typeof__((void)0, *points_pointer) points_value = (value);                               \
        __atomic_store(points_pointer, &points_value, (order));                                    \
        points_pass();                                                                             \
    })

#undef atomic_exchange_explicit
#define atomic_exchange_explicit(pointer, value, order)                                            \
    __extension__({                                                                                \
        __auto_type points_pointer = (pointer);                                                    \
        __typeof__((void)0, *points_pointer) points_value = (value);                               \
        __typeof__((void)0, *points_pointer) points_before;                                        \
        __atomic_exchange(points_pointer, &points_value, &points_before, (order));                 \
        points_pass();                                                                             \
        points_before;                                                                             \
    })

#define POINTS_COMPARE(pointer, expected, value, weak, success, failure)                           \
    __extension__({                                                                                \
        __auto_type points_pointer = (pointer);                                                    \
        __typeof__((void)0, *points_pointer) points_value = (value);                               \
        _Bool points_done = __atomic_compare_exchange(points_pointer, (expected), &points_value,   \
                                                      (weak), (success), (failure));               \
        points_pass();                                                                             \
        points_done;                                                                               \
    })

#undef atomic_compare_exchange_strong_explicit
#define atomic_compare_exchange_strong_explicit(pointer, expected, value, success, failure)        \
    POINTS_COMPARE(pointer, expected, value, 0, success, failure)
#undef atomic_compare_exchange_weak_explicit
#define atomic_compare_exchange_weak_explicit(pointer, expected, value, success, failure)          \
    POINTS_COMPARE(pointer, expected, value, 1, success, failure)

#define POINTS_FETCH(operation, pointer, value, order)                                             \
    __extension__({                                                                                \
        __auto_type points_before = __atomic_fetch_##operation((pointer), (value), (order));       \
        points_pass();                                                                             \
        points_before;                                                                             \
    })

#undef atomic_fetch_add_explicit
#define atomic_fetch_add_explicit(pointer, value, order) POINTS_FETCH(add, pointer, value, order)
#undef atomic_fetch_sub_explicit
#define atomic_fetch_sub_explicit(pointer, value, order) POINTS_FETCH(sub, pointer, value, order)
#undef atomic_fetch_and_explicit
#define atomic_fetch_and_explicit(pointer, value, order) POINTS_FETCH(and, pointer, value, order)
#undef atomic_fetch_or_explicit
#define atomic_fetch_or_explicit(pointer, value, order) POINTS_FETCH(or, pointer, value, order)

#endif
