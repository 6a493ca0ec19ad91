/* SPDX-License-Identifier: Apache-2.0 */
/* A folder that stands for / in each test, and contents that no kernel writes. */
#ifndef HAETAE_TESTS_HOST_HOST_TEST_H
#define HAETAE_TESTS_HOST_HOST_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/fake_root.h"

static inline int root_begin(void **state)
{
    struct fake_root *root = malloc(sizeof *root);

    *state = root;
    return root != NULL && fake_root_begin(root) ? 0 : -1;
}

static inline int root_end(void **state)
{
    fake_root_end(*state);
    free(*state);
    return 0;
}

static inline void put(void **state, const char *name, const char *text)
{
    assert_true(fake_root_text(*state, name, text));
}

static inline const char *root_of(void **state)
{
    return ((struct fake_root *)*state)->path;
}

#define WITH_ROOT(test) cmocka_unit_test_setup_teardown(test, root_begin, root_end)

/* Gives a file each beginning of `text`, and `text` with each byte replaced by some that matter;
 * `check` is called each time, with how many bytes there are. */
static inline void each_damage(void **state, const char *name, const char *text,
                               void (*check)(void **state, size_t size_bytes))
{
    static const char bytes[] = {'\0', '\n', ' ', '-', '9', ')', ':', '\xFF'};
    size_t size = strlen(text);
    char *damaged = malloc(size + 1);

    assert_non_null(damaged);
    memcpy(damaged, text, size + 1);
    for (size_t i = 0; i <= size; i++) {
        assert_true(fake_root_write(*state, name, text, i));
        check(state, i);
    }
    for (size_t i = 0; i < size; i++) {
        for (size_t j = 0; j < sizeof bytes; j++) {
            damaged[i] = bytes[j];
            assert_true(fake_root_write(*state, name, damaged, size));
            check(state, size);
        }
        damaged[i] = text[i];
    }
    free(damaged);
}

#endif
