/* SPDX-License-Identifier: Apache-2.0 */
/* Basic authentication. */
#include "password.h"

#include <crypt.h>

#include "base/alloc.h"
#include "support/core_cmocka.h"

/* user:correct, user:wrong, other:correct */
#define RIGHT "Basic dXNlcjpjb3JyZWN0"
#define WRONG "Basic dXNlcjp3cm9uZw=="
#define OTHER "Basic b3RoZXI6Y29ycmVjdA=="

static void expect_only_right(struct hae_prom_password *password)
{
    assert_false(hae_prom_password_accepts(password, NULL));
    assert_false(hae_prom_password_accepts(password, WRONG));
    assert_false(hae_prom_password_accepts(password, OTHER));
    assert_true(hae_prom_password_accepts(password, RIGHT));
    /* From now on it is remembered; nothing else is. */
    assert_true(hae_prom_password_accepts(password, RIGHT));
    assert_false(hae_prom_password_accepts(password, WRONG));
    assert_true(hae_prom_password_accepts(password, "basic   dXNlcjpjb3JyZWN0"));
    assert_false(hae_prom_password_accepts(password, "Bearer dXNlcjpjb3JyZWN0"));
    hae_prom_password_done(password);
}

static void a_password_is_compared(void **state)
{
    struct hae_prom_password password = {.user = hae_strdup("user"), .text = hae_strdup("correct")};

    (void)state;
    expect_only_right(&password);
}

static void a_hash_is_compared(void **state)
{
    /* $6$, SHA-512, which every crypt(3) of Linux has. */
    const char *made = crypt("correct", "$6$salt");
    struct hae_prom_password password = {.user = hae_strdup("user")};

    (void)state;
    assert_non_null(made);
    password.hash = hae_strdup(made);
    assert_true(hae_prom_hash_is_usable(password.hash));
    expect_only_right(&password);
}

static void other_hashes_are_refused(void **state)
{
    (void)state;
    assert_false(hae_prom_hash_is_usable("correct"));
    assert_false(hae_prom_hash_is_usable("$6$"));
    assert_false(hae_prom_hash_is_usable("$6$salt$cut"));
    assert_false(hae_prom_hash_is_usable("$unknown$salt$abc"));
    assert_false(hae_prom_hash_is_usable(""));
}

static void malformed_headers_are_refused(void **state)
{
    struct hae_prom_password password = {.user = hae_strdup("user"), .text = hae_strdup("correct")};
    char huge[4096];

    (void)state;
    memset(huge, 'A', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    memcpy(huge, "Basic ", 6);
    assert_false(hae_prom_password_accepts(&password, huge));
    assert_false(hae_prom_password_accepts(&password, "Basic"));
    assert_false(hae_prom_password_accepts(&password, "Basic "));
    assert_false(hae_prom_password_accepts(&password, "Basic !!!!"));
    assert_false(hae_prom_password_accepts(&password, "Basic ===="));
    assert_false(hae_prom_password_accepts(&password, "Basic dXNlcg=="));             /* user */
    assert_false(hae_prom_password_accepts(&password, "Basic dXNlcjpjb3JyZWN0AA==")); /* a NUL */
    hae_prom_password_done(&password);
}

static void without_a_user_anybody_is_accepted(void **state)
{
    struct hae_prom_password password = {.user = NULL};

    (void)state;
    assert_true(hae_prom_password_accepts(&password, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_is_compared),
        cmocka_unit_test(a_hash_is_compared),
        cmocka_unit_test(other_hashes_are_refused),
        cmocka_unit_test(malformed_headers_are_refused),
        cmocka_unit_test(without_a_user_anybody_is_accepted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
