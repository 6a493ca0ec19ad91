/* SPDX-License-Identifier: Apache-2.0 */
#include "haetae/request_headers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "haetae/config.h"

static haetae_request_headers *new_headers(void)
{
    haetae_request_headers *headers = NULL;

    assert_int_equal(haetae_request_headers_new(&headers), HAETAE_OK);
    return headers;
}

static void assert_has(const haetae_request_headers *headers, size_t index, const char *name,
                       const char *value)
{
    const char *got_name = NULL;
    const char *got_value = NULL;

    assert_true(haetae_request_headers_get(headers, index, &got_name, &got_value));
    assert_string_equal(got_name, name);
    assert_string_equal(got_value, value);
}

static void headers_come_back_in_their_order(void **state)
{
    haetae_request_headers *headers = new_headers();

    (void)state;
    assert_false(haetae_request_headers_get(headers, 0, NULL, NULL));
    assert_int_equal(haetae_request_headers_add(headers, "Authorization", "Bearer a"), HAETAE_OK);
    assert_int_equal(haetae_request_headers_add(headers, "x-empty", ""), HAETAE_OK);
    assert_has(headers, 0, "Authorization", "Bearer a");
    assert_has(headers, 1, "x-empty", "");
    assert_true(haetae_request_headers_get(headers, 1, NULL, NULL));
    assert_false(haetae_request_headers_get(headers, 2, NULL, NULL));
    haetae_request_headers_free(headers);
}

static void the_later_of_two_with_one_name_wins(void **state)
{
    haetae_request_headers *headers = new_headers();

    (void)state;
    assert_int_equal(haetae_request_headers_add(headers, "Authorization", "first"), HAETAE_OK);
    assert_int_equal(haetae_request_headers_add(headers, "other", "x"), HAETAE_OK);
    assert_int_equal(haetae_request_headers_add(headers, "authorization", "second"), HAETAE_OK);
    assert_has(headers, 0, "authorization", "second");
    assert_has(headers, 1, "other", "x");
    assert_false(haetae_request_headers_get(headers, 2, NULL, NULL));
    haetae_request_headers_free(headers);
}

static void what_no_header_can_be_is_refused(void **state)
{
    static const char *const refused[][2] = {
        {"", "x"},        {"a b", "x"}, {"a:", "x"},   {"a\r\nb", "x"}, {"caf\xc3\xa9", "x"},
        {"a", "x\ny: z"}, {"a", "x\r"}, {"a", "\x01"}, {"a", "\x7f"},
    };
    haetae_request_headers *headers = new_headers();

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_int_equal(haetae_request_headers_add(headers, refused[i][0], refused[i][1]),
                         HAETAE_EINVAL);
    }
    assert_int_equal(haetae_request_headers_add(headers, "a", "tab\tand \xc3\xa9"), HAETAE_OK);
    assert_false(haetae_request_headers_get(headers, 1, NULL, NULL));
    haetae_request_headers_free(headers);
}

static void there_is_a_limit(void **state)
{
    enum { LARGE = 64 * 1024 };
    haetae_request_headers *headers = new_headers();
    char *large = calloc(1, LARGE + 1);
    char name[16];

    (void)state;
    for (int i = 0; i < 32; i++) {
        snprintf(name, sizeof name, "h%d", i);
        assert_int_equal(haetae_request_headers_add(headers, name, "x"), HAETAE_OK);
    }
    assert_int_equal(haetae_request_headers_add(headers, "one-more", "x"), HAETAE_ELIMIT);
    assert_int_equal(haetae_request_headers_add(headers, "h31", "y"), HAETAE_OK);
    memset(large, 'x', LARGE);
    assert_int_equal(haetae_request_headers_add(headers, "h31", large), HAETAE_ELIMIT);
    assert_has(headers, 31, "h31", "y");
    haetae_request_headers_free(headers);

    /* What is replaced does not count any more. */
    headers = new_headers();
    large[LARGE - 2 - 1] = '\0';
    for (int i = 0; i < 3; i++) {
        assert_int_equal(haetae_request_headers_add(headers, "h", large), HAETAE_OK);
    }
    assert_int_equal(haetae_request_headers_add(headers, "i", ""), HAETAE_ELIMIT);
    haetae_request_headers_free(headers);
    free(large);
}

static void nothing_leaks_without_memory(void **state)
{
    long live = hae_alloc_live_count();

    (void)state;
    for (long after = 0; after < 4; after++) {
        haetae_request_headers *headers = NULL;
        haetae_status status;

        hae_alloc_fail_after(after);
        status = haetae_request_headers_new(&headers);
        for (int i = 0; i < 2 && status == HAETAE_OK; i++) {
            status = haetae_request_headers_add(headers, i == 0 ? "a" : "A", "x");
        }
        hae_alloc_fail_after(-1);
        assert_int_equal(status, after < 3 ? HAETAE_ENOMEM : HAETAE_OK);
        if (after == 2) {
            assert_has(headers, 0, "a", "x");
        }
        haetae_request_headers_free(headers);
        assert_int_equal(hae_alloc_live_count(), live);
    }
}

static haetae_status add_none(void *user, int32_t signal, const char *label,
                              haetae_request_headers *headers)
{
    (void)user;
    (void)signal;
    (void)label;
    (void)headers;
    return HAETAE_OK;
}

static void a_configuration_keeps_the_callback(void **state)
{
    haetae_config *config = NULL;
    int mine = 0;
    void *user = &config;

    (void)state;
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_null(haetae_config_get_request_headers(config, &user));
    assert_ptr_equal(user, &config);
    assert_int_equal(haetae_config_set_request_headers(config, add_none, &mine), HAETAE_OK);
    assert_ptr_equal(haetae_config_get_request_headers(config, &user), add_none);
    assert_ptr_equal(user, &mine);
    assert_ptr_equal(haetae_config_get_request_headers(config, NULL), add_none);
    assert_int_equal(haetae_config_set_request_headers(config, NULL, &mine), HAETAE_OK);
    assert_null(haetae_config_get_request_headers(config, &user));
    haetae_config_free(config);
}

static void null_is_refused(void **state)
{
    haetae_request_headers *headers = new_headers();

    (void)state;
    assert_int_equal(haetae_config_set_request_headers(NULL, add_none, NULL), HAETAE_EINVAL);
    assert_null(haetae_config_get_request_headers(NULL, NULL));
    assert_int_equal(haetae_request_headers_new(NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_request_headers_add(NULL, "a", "b"), HAETAE_EINVAL);
    assert_int_equal(haetae_request_headers_add(headers, NULL, "b"), HAETAE_EINVAL);
    assert_int_equal(haetae_request_headers_add(headers, "a", NULL), HAETAE_EINVAL);
    assert_false(haetae_request_headers_get(NULL, 0, NULL, NULL));
    haetae_request_headers_free(NULL);
    haetae_request_headers_free(headers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_come_back_in_their_order),
        cmocka_unit_test(the_later_of_two_with_one_name_wins),
        cmocka_unit_test(what_no_header_can_be_is_refused),
        cmocka_unit_test(there_is_a_limit),
        cmocka_unit_test(nothing_leaks_without_memory),
        cmocka_unit_test(a_configuration_keeps_the_callback),
        cmocka_unit_test(null_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
