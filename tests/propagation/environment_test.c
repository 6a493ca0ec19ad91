/* SPDX-License-Identifier: Apache-2.0 */
/* Environment variables as carriers: names, this process's own, and those of a child. */
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "haetae/propagation.h"
#include "support/core_cmocka.h"

static const char traceparent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

static haetae_environment *environment_of(char *const *variables)
{
    haetae_environment *environment = NULL;

    assert_int_equal(haetae_environment_new(variables, &environment), HAETAE_OK);
    return environment;
}

static void set(haetae_environment *environment, const char *key, const char *value)
{
    haetae_environment_carrier()->set(environment, key, strlen(key), value, strlen(value));
}

static const char *get(haetae_environment *environment, const char *key)
{
    haetae_string value = {NULL, 0};

    if (!haetae_environment_carrier()->get(environment, key, strlen(key), 0, &value)) {
        return NULL;
    }
    assert_false(haetae_environment_carrier()->get(environment, key, strlen(key), 1, &value));
    return value.data;
}

static size_t count_variables(const haetae_environment *environment)
{
    size_t count = 0;

    while (haetae_environment_variables(environment)[count] != NULL) {
        count++;
    }
    return count;
}

/* ---- Names -------------------------------------------------------------------------------- */

static void names_are_normalized(void **state)
{
    static const char *const names[][2] = {{"x-b3-traceid", "X_B3_TRACEID"},
                                           {"traceparent", "TRACEPARENT"},
                                           {"", "_"},
                                           {"9lives", "_9LIVES"},
                                           {"A_b.c d", "A_B_C_D"},
                                           {"\xC3\xA9", "__"},
                                           {"a=b", "A_B"}};
    static char *const none[] = {NULL};
    char expected[64];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        haetae_environment *environment = environment_of(none);

        set(environment, names[i][0], "value");
        snprintf(expected, sizeof expected, "%s=value", names[i][1]);
        assert_string_equal(haetae_environment_variables(environment)[0], expected);
        assert_string_equal(get(environment, names[i][0]), "value");
        assert_string_equal(get(environment, names[i][1]), "value");
        haetae_environment_free(environment);
    }
}

static void name_that_is_not_normal_is_not_read(void **state)
{
    static char lower[] = "traceparent=lower";
    static char upper[] = "TRACEPARENT=upper";
    static char odd[] = "x-b3=1";
    static char digit[] = "1X=1";
    static char nameless[] = "=1";
    static char bare[] = "BARE";
    static char last[] = "_=2";
    char *const variables[] = {lower, upper, odd, digit, nameless, bare, last, NULL};
    haetae_environment *environment = environment_of(variables);
    const haetae_carrier_ops *ops = haetae_environment_carrier();
    haetae_string key;

    (void)state;
    assert_string_equal(get(environment, "traceparent"), "upper");
    assert_null(get(environment, "x-b3"));
    assert_null(get(environment, "bare"));
    assert_true(ops->key(environment, 0, &key));
    assert_int_equal(key.length, 11);
    assert_memory_equal(key.data, "TRACEPARENT", 11);
    assert_true(ops->key(environment, 1, &key));
    assert_memory_equal(key.data, "BARE", 4);
    assert_true(ops->key(environment, 2, &key));
    assert_memory_equal(key.data, "_", 1);
    assert_int_equal(key.length, 1);
    assert_false(ops->key(environment, 3, &key));
    haetae_environment_free(environment);
}

static void name_that_is_too_long_is_left_alone(void **state)
{
    static char *const none[] = {NULL};
    haetae_environment *environment = environment_of(none);
    char name[300];

    (void)state;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    set(environment, name, "value");
    assert_int_equal(count_variables(environment), 0);
    assert_null(get(environment, name));
    name[254] = '\0';
    set(environment, name, "value");
    assert_string_equal(get(environment, name), "value");
    haetae_environment_free(environment);
}

/* ---- Writing ------------------------------------------------------------------------------ */

static void variable_is_replaced_and_removed(void **state)
{
    static char twice[] = "A=0";
    static char again[] = "A=1";
    static char other[] = "AB=2";
    char *const variables[] = {twice, again, other, NULL};
    haetae_environment *environment = environment_of(variables);

    (void)state;
    set(environment, "a", "new");
    assert_int_equal(count_variables(environment), 2);
    assert_string_equal(get(environment, "a"), "new");
    assert_string_equal(get(environment, "ab"), "2");
    haetae_environment_carrier()->remove(environment, "a", 1);
    haetae_environment_carrier()->remove(environment, "a", 1);
    assert_null(get(environment, "a"));
    assert_int_equal(count_variables(environment), 1);
    /* A value with a NUL would be cut. */
    haetae_environment_carrier()->set(environment, "b", 1, "x\0y", 3);
    assert_null(get(environment, "b"));
    haetae_environment_free(environment);
}

static void own_environment_is_only_read(void **state)
{
    (void)state;
    set(NULL, "HAETAE_TEST_NOT_SET", "1");
    assert_null(getenv("HAETAE_TEST_NOT_SET"));
    assert_int_equal(setenv("HAETAE_TEST_SET", "1", 1), 0);
    assert_string_equal(get(NULL, "haetae-test-set"), "1");
    haetae_environment_carrier()->remove(NULL, "HAETAE_TEST_SET", 15);
    assert_non_null(getenv("HAETAE_TEST_SET"));
    assert_int_equal(unsetenv("HAETAE_TEST_SET"), 0);
}

static void shortage_of_memory_sets_nothing(void **state)
{
    static char variable[] = "A=0";
    char *const variables[] = {variable, NULL};
    long live = hae_alloc_live_count();
    haetae_environment *environment = NULL;

    (void)state;
    for (long allocations = 0; allocations < 3; allocations++) {
        hae_alloc_fail_after(allocations);
        assert_int_equal(haetae_environment_new(variables, &environment), HAETAE_ENOMEM);
        hae_alloc_fail_after(-1);
        assert_null(environment);
        assert_int_equal(hae_alloc_live_count(), live);
    }
    environment = environment_of(variables);
    hae_alloc_fail_after(0);
    set(environment, "b", "1");
    hae_alloc_fail_after(-1);
    assert_null(get(environment, "b"));
    for (int i = 0; i < 100; i++) {
        char name[16];

        snprintf(name, sizeof name, "n%d", i);
        set(environment, name, "v");
    }
    assert_int_equal(count_variables(environment), 101);
    haetae_environment_free(environment);
    assert_int_equal(hae_alloc_live_count(), live);
}

/* ---- A child ------------------------------------------------------------------------------ */

/* This program, started as a child: it finds the context of its parent. */
static int be_child(void)
{
    haetae_context *context = NULL;
    haetae_span_context span;
    haetae_string value;
    char text[HAETAE_TRACEPARENT_LENGTH + 1];
    bool good = haetae_propagator_extract(NULL, NULL, haetae_environment_carrier(), NULL,
                                          &context) == HAETAE_OK &&
                haetae_context_span_context(context, &span) &&
                haetae_baggage_get(haetae_context_baggage(context), "job", 3, &value, NULL) &&
                strcmp(value.data, "a b") == 0;

    (void)haetae_traceparent_format(&span, text, sizeof text);
    good = good && strcmp(text, traceparent) == 0 && getenv("PATH") != NULL;
    haetae_context_unref(context);
    return good ? 0 : 1;
}

static void child_goes_on_with_the_context_of_its_parent(void **state)
{
    static char self[] = "/proc/self/exe";
    static char child[] = "child";
    char *const arguments[] = {self, child, NULL};
    haetae_environment *environment = environment_of(NULL);
    haetae_span_context span;
    haetae_baggage *baggage = NULL;
    haetae_context *plain = NULL;
    haetae_context *context = NULL;
    int status = 0;
    pid_t pid;

    (void)state;
    assert_int_equal(haetae_traceparent_parse(traceparent, sizeof traceparent - 1, &span),
                     HAETAE_OK);
    assert_int_equal(haetae_baggage_parse("job=a%20b", 9, &baggage), HAETAE_OK);
    assert_int_equal(haetae_context_with_span_context(NULL, &span, &plain), HAETAE_OK);
    assert_int_equal(haetae_context_with_baggage(plain, baggage, &context), HAETAE_OK);
    haetae_propagator_inject(NULL, HAETAE_SPAN_NONE, context, haetae_environment_carrier(),
                             environment);
    assert_int_equal(
        posix_spawn(&pid, self, NULL, NULL, arguments, haetae_environment_variables(environment)),
        0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    haetae_context_unref(plain);
    haetae_context_unref(context);
    haetae_baggage_unref(baggage);
    haetae_environment_free(environment);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_normalized),
        cmocka_unit_test(name_that_is_not_normal_is_not_read),
        cmocka_unit_test(name_that_is_too_long_is_left_alone),
        cmocka_unit_test(variable_is_replaced_and_removed),
        cmocka_unit_test(own_environment_is_only_read),
        cmocka_unit_test(shortage_of_memory_sets_nothing),
        cmocka_unit_test(child_goes_on_with_the_context_of_its_parent),
    };

    if (argc > 1 && strcmp(argv[1], "child") == 0) {
        return be_child();
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
