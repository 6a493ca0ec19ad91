/* SPDX-License-Identifier: Apache-2.0 */
#include "base/option_struct.h"

#include <string.h>

#include "support/core_cmocka.h"

/* The library's struct, and one of a caller that knows more. */
typedef struct pair {
    size_t struct_size;
    uint64_t first;
    uint64_t second;
} pair;
struct newer {
    pair known;
    uint64_t third;
    uint64_t fourth;
};

enum { pair_size_v1 = offsetof(pair, second) };

static enum hae_option_struct read_as(pair *ret_known, const void *given)
{
    return hae_option_struct_read(ret_known, sizeof *ret_known, given, pair_size_v1);
}

static void a_struct_of_the_same_size_is_copied(void **state)
{
    pair given = {sizeof given, 1, 2};
    pair macro = {0, 7, 7};
    pair call = {0, 7, 7};

    (void)state;
    assert_int_equal(read_as(&call, &given), HAE_OPTION_STRUCT_KNOWN);
    assert_memory_equal(&call, &given, sizeof given);
    assert_int_equal((HAE_OPTION_STRUCT_READ(pair, &macro, &given)), HAE_OPTION_STRUCT_KNOWN);
    assert_memory_equal(&macro, &given, sizeof given);
}

static void fields_that_the_caller_lacks_become_zero(void **state)
{
    pair given = {pair_size_v1, 1, 2};
    pair known = {0, 7, 7};

    (void)state;
    assert_int_equal(read_as(&known, &given), HAE_OPTION_STRUCT_KNOWN);
    assert_int_equal(known.first, 1);
    assert_int_equal(known.second, 0);
}

static void unknown_fields_are_seen_when_they_are_set(void **state)
{
    struct newer given = {{sizeof given, 1, 2}, 0, 0};
    pair known = {0, 7, 7};

    (void)state;
    assert_int_equal(read_as(&known, &given), HAE_OPTION_STRUCT_KNOWN);
    given.fourth = UINT64_C(1) << 63;
    assert_int_equal(read_as(&known, &given), HAE_OPTION_STRUCT_NEWER);
    assert_int_equal(known.first, 1);
    assert_int_equal(known.second, 2);
    given.known.struct_size -= sizeof given.fourth;
    assert_int_equal(read_as(&known, &given), HAE_OPTION_STRUCT_KNOWN);
}

static void sizes_that_no_version_has_are_rejected(void **state)
{
    static const size_t sizes[] = {0, 1, pair_size_v1 - 1, HAE_OPTION_STRUCT_SIZE_MAX + 1,
                                   SIZE_MAX};
    pair given = {0, 1, 2};
    pair known = {0, 7, 7};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        given.struct_size = sizes[i];
        assert_int_equal(read_as(&known, &given), HAE_OPTION_STRUCT_REJECTED);
        assert_int_equal(known.first, 7);
        assert_int_equal(known.second, 7);
    }
}

static void only_what_the_caller_has_is_written(void **state)
{
    static const pair known = {sizeof known, 1, 2};
    struct newer given = {{sizeof given, 7, 7}, 7, 7};

    (void)state;
    hae_option_struct_write(&given, &known, sizeof known);
    assert_int_equal(given.known.struct_size, sizeof given);
    assert_int_equal(given.known.first, 1);
    assert_int_equal(given.known.second, 2);
    assert_int_equal(given.third, 0);
    assert_int_equal(given.fourth, 0);
    given = (struct newer){{pair_size_v1, 7, 7}, 7, 7};
    hae_option_struct_write(&given, &known, sizeof known);
    assert_int_equal(given.known.struct_size, pair_size_v1);
    assert_int_equal(given.known.first, 1);
    assert_int_equal(given.known.second, 7);
    assert_int_equal(given.third, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_struct_of_the_same_size_is_copied),
        cmocka_unit_test(fields_that_the_caller_lacks_become_zero),
        cmocka_unit_test(unknown_fields_are_seen_when_they_are_set),
        cmocka_unit_test(sizes_that_no_version_has_are_rejected),
        cmocka_unit_test(only_what_the_caller_has_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
