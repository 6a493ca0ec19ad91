/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "resource/instance_id.h"

/* As Python's module uuid makes them, in the same namespace. */
static void id_is_the_uuid_of_version_5(void **state)
{
    haetae_string word = haetae_string_of("worker-1");
    haetae_string parts[] = {haetae_string_of("0123456789abcdef0123456789abcdef"),
                             haetae_string_of("node-7"),
                             {NULL, 0},
                             haetae_string_of("dispatch"),
                             haetae_string_of("3")};
    char id[HAE_INSTANCE_ID_BYTES];

    (void)state;
    hae_instance_id_of(&word, 1, id);
    assert_string_equal(id, "b2305b0c-f2d4-58da-b6e0-5d22be658511");
    hae_instance_id_of(parts, 5, id);
    assert_string_equal(id, "a21e146d-8f5f-5272-aa97-fc48ddd97bdd");
}

/* A text of every length around the block of the hash. */
static void ids_of_texts_of_any_length_differ(void **state)
{
    char text[200];
    char last[HAE_INSTANCE_ID_BYTES] = "";

    (void)state;
    memset(text, 'x', sizeof text);
    for (size_t length = 0; length <= sizeof text; length++) {
        haetae_string word = {text, length};
        char id[HAE_INSTANCE_ID_BYTES];

        hae_instance_id_of(&word, 1, id);
        assert_string_not_equal(id, last);
        assert_int_equal(id[14], '5');
        memcpy(last, id, sizeof last);
        if (length == 112) {
            assert_string_equal(id, "e2861ba4-c8ee-54d5-9e9c-492584c31dea");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(id_is_the_uuid_of_version_5),
        cmocka_unit_test(ids_of_texts_of_any_length_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
