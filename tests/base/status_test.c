/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "haetae/status.h"
#include "haetae/version.h"

static const struct {
    haetae_status status;
    int code;
    const char *name;
} statuses[] = {
#define ROW(name, code, text) {HAETAE_##name, code, "HAETAE_" #name},
    HAETAE_STATUS_MAP(ROW)
#undef ROW
};
enum { STATUS_COUNT = sizeof statuses / sizeof statuses[0] };

static void status_codes_never_change(void **state)
{
    (void)state;
    assert_int_equal(HAETAE_OK, 0);
    assert_int_equal(HAETAE_EINVAL, -1);
    assert_int_equal(HAETAE_ENOMEM, -2);
    assert_int_equal(HAETAE_ETHREAD, -3);
    assert_int_equal(HAETAE_ETIMEOUT, -4);
    assert_int_equal(HAETAE_ESHUTDOWN, -5);
    assert_int_equal(HAETAE_EKEY, -6);
    assert_int_equal(HAETAE_EVALUE, -7);
    assert_int_equal(HAETAE_ELIMIT, -8);
    assert_int_equal(HAETAE_ECONFLICT, -9);
    assert_int_equal(HAETAE_EIO, -10);
    assert_int_equal(HAETAE_EUNSUPPORTED, -11);
    assert_int_equal(HAETAE_EFORMAT, -12);
    assert_int_equal(HAETAE_ELOST, -13);
}

static void status_has_a_name_and_a_text_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        assert_int_equal(statuses[i].status, statuses[i].code);
        assert_string_equal(haetae_status_name(statuses[i].status), statuses[i].name);
        assert_string_not_equal(haetae_status_text(statuses[i].status), "unknown status");
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(haetae_status_text(statuses[i].status),
                                    haetae_status_text(statuses[j].status));
        }
    }
}

static void status_unknown_is_named_so(void **state)
{
    static const int unknown[] = {1, -STATUS_COUNT, -1000, INT32_MAX, INT32_MIN};

    (void)state;
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_string_equal(haetae_status_name((haetae_status)unknown[i]), "HAETAE_E?");
        assert_string_equal(haetae_status_text((haetae_status)unknown[i]), "unknown status");
    }
}

static void version_is_that_of_the_header(void **state)
{
    char parts[32];

    (void)state;
    assert_string_equal(haetae_version(), HAETAE_VERSION);
    snprintf(parts, sizeof parts, "%d.%d.%d", HAETAE_VERSION_MAJOR, HAETAE_VERSION_MINOR,
             HAETAE_VERSION_PATCH);
    assert_string_equal(haetae_version(), parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_codes_never_change),
        cmocka_unit_test(status_has_a_name_and_a_text_of_its_own),
        cmocka_unit_test(status_unknown_is_named_so),
        cmocka_unit_test(version_is_that_of_the_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
