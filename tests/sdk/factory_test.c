/* SPDX-License-Identifier: Apache-2.0 */
/* Factories: what may be registered, the keys of a factory, and the exporters that it makes.
 * A registration lasts until the process ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sdk/config_check.h"
#include "sdk/config_registry.h"
#include "sdk/factory.h"
#include "sdk/some_keys.h"

static int set_up(void **state)
{
    clearenv();
    some_keys_register();
    some_create_status = HAETAE_OK;
    some_create_error = NULL;
    some_taken_signals = 0;
    return haetae_config_new((haetae_config **)state) == HAETAE_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    haetae_config_free(*state);
    return some_live_count == 0 ? 0 : -1;
}

static haetae_status make_nothing(void *user, haetae_config *config, uint32_t signals,
                                  haetae_exporter **ret_exporter)
{
    (void)user;
    (void)config;
    (void)signals;
    (void)ret_exporter;
    return HAETAE_OK;
}

static haetae_exporter_factory factory_of(const char *name, const char *protocols)
{
    return (haetae_exporter_factory)HAETAE_OPTIONS(haetae_exporter_factory, .name = name,
                                                   .protocols = protocols, .create = make_nothing);
}

static haetae_config_key key_of(const char *name, haetae_config_type type, const char *value)
{
    return (haetae_config_key)HAETAE_OPTIONS(haetae_config_key, .name = name, .type = (int32_t)type,
                                             .default_value = value, .help = "A key of a test",
                                             .max = 100);
}

/* ---- Registering --------------------------------------------------------------------- */

static void factory_must_be_whole(void **state)
{
    haetae_exporter_factory factory = factory_of("whole", NULL);

    (void)state;
    assert_int_equal(haetae_exporter_register(NULL), HAETAE_EINVAL);
    factory.struct_size = offsetof(haetae_exporter_factory, create);
    assert_int_equal(haetae_exporter_register(&factory), HAETAE_EINVAL);
    factory = factory_of(NULL, NULL);
    assert_int_equal(haetae_exporter_register(&factory), HAETAE_EINVAL);
    factory = factory_of("", NULL);
    assert_int_equal(haetae_exporter_register(&factory), HAETAE_EINVAL);
    factory = factory_of("whole", NULL);
    factory.create = NULL;
    assert_int_equal(haetae_exporter_register(&factory), HAETAE_EINVAL);
    factory = factory_of("whole", NULL);
    factory.key_count = 1;
    assert_int_equal(haetae_exporter_register(&factory), HAETAE_EINVAL);
    assert_null(hae_factory_find(haetae_string_of("whole"), ""));
}

static void keys_must_be_whole(void **state)
{
    const haetae_config_key keys[] = {
        key_of(NULL, HAETAE_CONFIG_COUNT, ""),
        key_of("SOME_KEY", HAETAE_CONFIG_COUNT, ""),
        key_of("HAETAE_", HAETAE_CONFIG_COUNT, ""),
        key_of("OTEL_", HAETAE_CONFIG_COUNT, ""),
        key_of("HAETAE_lower", HAETAE_CONFIG_COUNT, ""),
        key_of("HAETAE_A KEY", HAETAE_CONFIG_COUNT, ""),
        key_of("HAETAE_A_NAME_THAT_IS_LONGER_THAN_THE_SIXTY_FOUR_LETTERS_OF_A_KEY",
               HAETAE_CONFIG_COUNT, ""),
        key_of("HAETAE_T", (haetae_config_type)HAETAE_CONFIG_TYPE_COUNT, ""),
        key_of("HAETAE_T", (haetae_config_type)-1, ""),
        key_of("HAETAE_T", HAETAE_CONFIG_COUNT, NULL),
        key_of("HAETAE_T", HAETAE_CONFIG_COUNT, "101"),
        key_of("HAETAE_T", HAETAE_CONFIG_COUNT, "007"),
        key_of("HAETAE_T", HAETAE_CONFIG_BYTES, "1k"),
        key_of("HAETAE_T", HAETAE_CONFIG_CHOICE, ""),
    };
    size_t before = hae_config_key_count();

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const haetae_config_key two[] = {key_of("HAETAE_FINE", HAETAE_CONFIG_TEXT, ""), keys[i]};
        haetae_exporter_factory factory = factory_of("whole", NULL);

        factory.keys = two;
        factory.key_count = 2;
        assert_int_equal(haetae_exporter_register(&factory), HAETAE_EINVAL);
    }
    assert_int_equal(hae_config_key_count(), before);
    assert_int_equal(hae_config_find("HAETAE_FINE"), HAE_CONFIG_NO_KEY);
    assert_null(hae_factory_find(haetae_string_of("whole"), ""));
}

static void name_and_protocol_belong_to_one_factory(void **state)
{
    static haetae_exporter_factory other;
    haetae_exporter_factory rival = factory_of("SOME", "paper|smoke");

    (void)state;
    assert_int_equal(haetae_exporter_register(&rival), HAETAE_ECONFLICT);
    rival = factory_of("some", NULL);
    assert_int_equal(haetae_exporter_register(&rival), HAETAE_ECONFLICT);
    other = factory_of("some", "paper");
    assert_int_equal(haetae_exporter_register(&other), HAETAE_OK);
    assert_int_equal(haetae_exporter_register(&other), HAETAE_OK);
    rival = other; /* the same from another address */
    assert_int_equal(haetae_exporter_register(&rival), HAETAE_OK);
    rival = factory_of("one.at.the.same.address", NULL);
    assert_int_equal(haetae_exporter_register(&rival), HAETAE_OK);
    assert_non_null(hae_factory_find(haetae_string_of("one.at.the.same.address"), ""));
    assert_ptr_equal(hae_factory_find(haetae_string_of("Some"), "Paper")->protocols,
                     other.protocols);
    assert_string_equal(hae_factory_find(haetae_string_of("some"), "smoke")->protocols,
                        "tin/can|smoke");
    assert_null(hae_factory_find(haetae_string_of("some"), "smok"));
}

static void name_that_cannot_be_chosen_is_refused(void **state)
{
    static const char *const names[] = {
        "none", "None", "a,b",
        "a b",  "a\n",  "a-name-that-is-longer-than-the-63-bytes-that-an-exporter-may-have"};
    static const char *const protocols[] = {"", "|", "a|", "|a", "a||b", "a b", "a,b"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        haetae_exporter_factory factory = factory_of(names[i], NULL);

        assert_int_equal(haetae_exporter_register(&factory), HAETAE_EINVAL);
        assert_null(hae_factory_find(haetae_string_of(names[i]), ""));
    }
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        haetae_exporter_factory factory = factory_of("speaks", protocols[i]);

        assert_int_equal(haetae_exporter_register(&factory), HAETAE_EINVAL);
        assert_null(hae_factory_find(haetae_string_of("speaks"), ""));
    }
}

static haetae_status register_with(const haetae_config_key *key)
{
    static haetae_exporter_factory factory;

    factory = factory_of("sharing", NULL);
    factory.keys = key;
    factory.key_count = 1;
    return haetae_exporter_register(&factory);
}

static void factories_share_keys_that_mean_the_same(void **state)
{
    static haetae_config_key timeout = HAETAE_OPTIONS(
        haetae_config_key, .name = "HAETAE_SOME_TIMEOUT", .type = HAETAE_CONFIG_TIMEOUT,
        .default_value = "10000", .max = 20000, .help = "Another text");
    static haetae_config_key mode = HAETAE_OPTIONS(
        haetae_config_key, .name = "HAETAE_SOME_MODE", .type = HAETAE_CONFIG_CHOICE,
        .default_value = "safe", .choices = "fast|safe|slow", .help = "Another text");
    haetae_config_key different = timeout;

    (void)state;
    assert_int_equal(register_with(&mode), HAETAE_ECONFLICT);
    different.type = HAETAE_CONFIG_COUNT;
    assert_int_equal(register_with(&different), HAETAE_ECONFLICT);
    different = timeout;
    different.default_value = "1";
    assert_int_equal(register_with(&different), HAETAE_ECONFLICT);
    different = timeout;
    different.max = 10000;
    assert_int_equal(register_with(&different), HAETAE_ECONFLICT);
    different = timeout;
    different.min = 1;
    assert_int_equal(register_with(&different), HAETAE_ECONFLICT);
    assert_null(hae_factory_find(haetae_string_of("sharing"), ""));
    assert_int_equal(register_with(&timeout), HAETAE_OK);
}

/* Keys of a later version, with fields that this library does not know. */
static void keys_of_a_larger_struct_are_read(void **state)
{
    static struct {
        haetae_config_key key;
        uint64_t later[3];
    } larger[2];
    static haetae_exporter_factory later;

    for (int i = 0; i < 2; i++) {
        larger[i].key = key_of(i == 0 ? "HAETAE_LATER_ONE" : "HAETAE_LATER_TWO",
                               HAETAE_CONFIG_COUNT, i == 0 ? "1" : "2");
        larger[i].key.struct_size = sizeof larger[i];
        memset(larger[i].later, 0xEE, sizeof larger[i].later);
    }
    later = factory_of("later", NULL);
    later.keys = &larger[0].key;
    later.key_count = 2;
    assert_int_equal(haetae_exporter_register(&later), HAETAE_OK);
    assert_string_equal(haetae_config_get(*state, "HAETAE_LATER_ONE"), "1");
    assert_string_equal(haetae_config_get(*state, "HAETAE_LATER_TWO"), "2");
}

/* ---- Keys ---------------------------------------------------------------------------- */

static void count_ours(void *user, const char *key, const char *default_value, const char *help)
{
    *(int *)user += strncmp(key, "HAETAE_SOME_", 12) == 0;
    assert_non_null(default_value);
    assert_non_null(help);
}

static void keys_serve_like_the_cores(void **state)
{
    haetae_config *config = *state;
    int64_t number = 0;
    int ours = 0;

    haetae_config_keys(count_ours, &ours);
    assert_int_equal(ours, 5);
    assert_int_equal(haetae_config_set(config, "HAETAE_SOME_TIMEOUT", "0250"), HAETAE_OK);
    assert_int_equal(haetae_config_get_int(config, "HAETAE_SOME_TIMEOUT", &number), HAETAE_OK);
    assert_int_equal(number, 250);
    assert_int_equal(haetae_config_set(config, "HAETAE_SOME_TIMEOUT", "20001"), HAETAE_EVALUE);
    setenv("HAETAE_SOME_MODE", "FAST", 1);
    setenv("HAETAE_SOME_HEADERS", "s3cret\nx", 1);
    assert_int_equal(haetae_config_load_env(config), HAETAE_OK);
    assert_string_equal(haetae_config_get(config, "HAETAE_SOME_MODE"), "fast");
    assert_string_equal(haetae_config_warnings(config),
                        "HAETAE_SOME_HEADERS=(hidden): expected UTF-8 text without control "
                        "characters");
    assert_true(haetae_config_is_set(config, "HAETAE_SOME_MODE"));
    assert_false(haetae_config_is_set(config, "HAETAE_SOME_FILE"));
}

static void added_errors_show_the_value_in_force(void **state)
{
    haetae_config *config = *state;

    haetae_config_add_error(config, "HAETAE_SOME_ENDPOINT", "nobody is there");
    assert_string_equal(haetae_config_error(config),
                        "HAETAE_SOME_ENDPOINT=\"http://localhost:4318\": nobody is there");
    assert_int_equal(haetae_config_set(config, "HAETAE_SOME_HEADERS", "s3cret"), HAETAE_OK);
    haetae_config_add_error(config, "HAETAE_SOME_HEADERS", "no");
    assert_string_equal(haetae_config_error(config), "HAETAE_SOME_HEADERS=(hidden): no");
    /* A line stays one, so that whoever reads the log line by line sees the key. */
    haetae_config_add_error(config, NULL, "and one\nline more");
    assert_string_equal(haetae_config_error(config),
                        "HAETAE_SOME_HEADERS=(hidden): no\nand one\\x0aline more");
    haetae_config_add_error(NULL, NULL, NULL);
}

/* ---- Creating ------------------------------------------------------------------------ */

static void factory_makes_an_exporter_for_all_signals(void **state)
{
    haetae_exporter *exporter = NULL;

    assert_int_equal(haetae_exporter_create(*state, "some", NULL, &exporter), HAETAE_OK);
    assert_string_equal(haetae_exporter_name(exporter), "some");
    assert_int_equal(some_signals, 7);
    assert_string_equal(haetae_config_error(*state), "");
    haetae_exporter_free(exporter);
    assert_int_equal(haetae_exporter_create(*state, "some", "tin/can", &exporter), HAETAE_OK);
    haetae_exporter_free(exporter);
}

static void exporter_takes_one_signal_at_least(void **state)
{
    haetae_exporter *untouched = *state;
    haetae_exporter *exporter = untouched;

    some_taken_signals = UINT32_C(1) << HAETAE_SIGNAL_COUNT;
    assert_int_equal(haetae_exporter_create(*state, "some", NULL, &exporter), HAETAE_EVALUE);
    assert_ptr_equal(exporter, untouched);
    assert_string_equal(haetae_config_error(*state), "exporter some takes no traces");
    some_taken_signals = UINT32_C(1) << HAETAE_SIGNAL_LOGS;
    assert_int_equal(haetae_exporter_create(*state, "some", NULL, &exporter), HAETAE_OK);
    haetae_exporter_free(exporter);
}

static void factory_that_is_missing_is_named(void **state)
{
    haetae_exporter *untouched = *state;
    haetae_exporter *exporter = untouched;

    assert_int_equal(haetae_exporter_create(*state, "no\nbody", NULL, &exporter),
                     HAETAE_EUNSUPPORTED);
    assert_ptr_equal(strstr(haetae_config_error(*state),
                            "no exporter named \"no\\x0abody\" is linked; linked: some "
                            "(tin/can|smoke)"),
                     haetae_config_error(*state));
    assert_int_equal(haetae_exporter_create(*state, "some", "grpc", &exporter),
                     HAETAE_EUNSUPPORTED);
    assert_non_null(strstr(haetae_config_error(*state), "\"some\" for grpc"));
    assert_ptr_equal(exporter, untouched);
}

static void failing_create_is_reported(void **state)
{
    haetae_exporter *untouched = *state;
    haetae_exporter *exporter = untouched;

    some_create_status = HAETAE_ENOMEM;
    assert_int_equal(haetae_exporter_create(*state, "some", NULL, &exporter), HAETAE_ENOMEM);
    assert_string_equal(haetae_config_error(*state), "exporter some: out of memory");
    for (int i = 0; i < 2; i++) {
        some_create_status = (haetae_status)(i == 0 ? -777 : 5);
        assert_int_equal(haetae_exporter_create(*state, "some", NULL, &exporter), HAETAE_EINVAL);
        assert_non_null(strstr(haetae_config_error(*state), "which is no status"));
    }
    some_create_status = HAETAE_EVALUE;
    some_create_error = "not today";
    assert_int_equal(haetae_exporter_create(*state, "some", NULL, &exporter), HAETAE_EVALUE);
    assert_string_equal(haetae_config_error(*state),
                        "HAETAE_SOME_ENDPOINT=\"http://localhost:4318\": not today");
    /* A factory that makes no exporter, or makes one with another name. */
    assert_int_equal(haetae_exporter_create(*state, "some", "paper", &exporter), HAETAE_EINVAL);
    assert_string_equal(haetae_config_error(*state),
                        "exporter some: its factory made no exporter of this name");
    assert_ptr_equal(exporter, untouched);
}

static void null_arguments_are_refused(void **state)
{
    haetae_exporter *exporter = NULL;

    assert_int_equal(haetae_exporter_create(NULL, "some", NULL, &exporter), HAETAE_EINVAL);
    assert_int_equal(haetae_exporter_create(*state, NULL, NULL, &exporter), HAETAE_EINVAL);
    assert_int_equal(haetae_exporter_create(*state, "some", NULL, NULL), HAETAE_EINVAL);
}

/* The last test, since it leaves no room for others. */
static void factories_and_keys_have_limits(void **state)
{
    static haetae_config_key keys[HAE_CONFIG_KEYS_MAX];
    static char names[HAE_CONFIG_KEYS_MAX][32];
    static haetae_exporter_factory many[16];
    static haetae_exporter_factory keyed;
    size_t before = hae_config_key_count();
    haetae_status status = HAETAE_OK;
    size_t added = 0;

    (void)state;
    for (size_t i = 0; i < HAE_CONFIG_KEYS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "HAETAE_KEY_NUMBER_%zu", i);
        keys[i] = key_of(names[i], HAETAE_CONFIG_COUNT, "");
    }
    keyed = factory_of("keyed", NULL);
    keyed.keys = keys;
    keyed.key_count = HAE_CONFIG_KEYS_MAX - before + 1;
    assert_int_equal(haetae_exporter_register(&keyed), HAETAE_ELIMIT);
    assert_int_equal(hae_config_key_count(), before);
    keyed.key_count--;
    assert_int_equal(haetae_exporter_register(&keyed), HAETAE_OK);
    assert_int_equal(hae_config_key_count(), HAE_CONFIG_KEYS_MAX);

    for (size_t i = 0; i < 16 && status == HAETAE_OK; i++) {
        many[i] = factory_of(names[i], NULL);
        status = haetae_exporter_register(&many[i]);
        added += status == HAETAE_OK;
    }
    assert_int_equal(status, HAETAE_ELIMIT);
    assert_true(added >= 8);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(factory_must_be_whole),
        TEST(keys_must_be_whole),
        TEST(name_and_protocol_belong_to_one_factory),
        TEST(name_that_cannot_be_chosen_is_refused),
        TEST(factories_share_keys_that_mean_the_same),
        TEST(keys_of_a_larger_struct_are_read),
        TEST(keys_serve_like_the_cores),
        TEST(added_errors_show_the_value_in_force),
        TEST(factory_makes_an_exporter_for_all_signals),
        TEST(exporter_takes_one_signal_at_least),
        TEST(factory_that_is_missing_is_named),
        TEST(failing_create_is_reported),
        TEST(null_arguments_are_refused),
        TEST(factories_and_keys_have_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
