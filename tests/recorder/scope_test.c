/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/scope.h"

#include "base/alloc.h"
#include "golden/golden.h"
#include "support/core_fixture.h"

static int set_up(void **state)
{
    struct core_fixture *core = calloc(1, sizeof *core);

    assert_non_null(core);
    core_begin(core, 0, 2);
    *state = core;
    return 0;
}

static int tear_down(void **state)
{
    core_end(*state);
    free(*state);
    return 0;
}

static haetae_scope_options options_of(const char *name, const char *version, const char *url)
{
    haetae_scope_options options = HAETAE_OPTIONS(haetae_scope_options);

    options.name = haetae_string_of(name);
    options.version = haetae_string_of(version);
    options.schema_url = haetae_string_of(url);
    return options;
}

static uint16_t intern(struct core_fixture *core, const haetae_scope_options *options)
{
    uint16_t number = 0;

    assert_int_equal(hae_scope_intern(core->recorder, options, &number), HAETAE_OK);
    assert_int_not_equal(number, 0);
    return number;
}

static void scope_is_kept_as_it_goes_on_the_wire(void **state)
{
    struct core_fixture *core = *state;
    haetae_attribute attributes[] = {
        HAETAE_ATTR("layer", "core"), {{"", 0}, {0, 0, {0}}}, {{"x", SIZE_MAX}, {0, 0, {0}}}};
    haetae_scope_options options = options_of("dispatch", "1.2.3", "https://example.com/scope");
    struct hae_scope_view scope;

    options.attributes = attributes;
    options.attribute_count = 3; /* two of which are dropped and counted */
    scope = hae_scope_at(&core->recorder->heap, intern(core, &options));
    assert_int_equal(scope.scope_size_bytes, sizeof golden_scope_full);
    assert_memory_equal(scope.bytes, golden_scope_full, sizeof golden_scope_full);
    assert_int_equal(scope.schema_url_size_bytes, strlen("https://example.com/scope"));
    assert_memory_equal(scope.bytes + scope.scope_size_bytes, "https://example.com/scope",
                        scope.schema_url_size_bytes);

    options = options_of("dispatch", NULL, NULL);
    scope = hae_scope_at(&core->recorder->heap, intern(core, &options));
    assert_int_equal(scope.scope_size_bytes, sizeof golden_scope_name_only);
    assert_memory_equal(scope.bytes, golden_scope_name_only, sizeof golden_scope_name_only);
    assert_int_equal(scope.schema_url_size_bytes, 0);
}

static void same_scope_has_the_same_number_and_others_have_others(void **state)
{
    struct core_fixture *core = *state;
    haetae_attribute attribute = HAETAE_ATTR("a", 1);
    haetae_scope_options options[8] = {options_of("n", "v", "u"), options_of("m", "v", "u"),
                                       options_of("n", "w", "u"), options_of("n", "v", "x"),
                                       options_of("n", "", ""),   options_of("", "", ""),
                                       options_of("n", "v", ""),  options_of("n", "v", "u")};
    uint16_t numbers[8];

    options[7].attributes = &attribute;
    options[7].attribute_count = 1;
    for (int i = 0; i < 8; i++) {
        numbers[i] = intern(core, &options[i]);
        for (int j = 0; j < i; j++) {
            assert_int_not_equal(numbers[i], numbers[j]);
        }
    }
    for (int i = 0; i < 8; i++) {
        assert_int_equal(intern(core, &options[i]), numbers[i]);
    }
    assert_int_equal(intern(core, NULL), numbers[5]); /* no options: no name */
}

static void unknown_numbers_have_no_scope(void **state)
{
    struct core_fixture *core = *state;
    uint16_t last = intern(
        core, &(haetae_scope_options)HAETAE_OPTIONS(haetae_scope_options, .name = {"last", 4}));

    assert_null(hae_scope_at(&core->recorder->heap, 0).bytes);
    assert_non_null(hae_scope_at(&core->recorder->heap, last).bytes);
    assert_null(hae_scope_at(&core->recorder->heap, (uint16_t)(last + 1)).bytes);
    assert_null(hae_scope_at(&core->recorder->heap, UINT16_MAX).bytes);
}

static void check_error(struct core_fixture *core, const haetae_scope_options *options,
                        haetae_status expected)
{
    uint16_t number = 4711;

    assert_int_equal(hae_scope_intern(core->recorder, options, &number), expected);
    assert_int_equal(number, 4711); /* untouched */
}

static void invalid_options_are_refused(void **state)
{
    struct core_fixture *core = *state;
    haetae_attribute attribute = HAETAE_ATTR("a", 1);
    haetae_scope_options options = options_of("n", "v", "u");

    options.struct_size = 0;
    check_error(core, &options, HAETAE_EINVAL);
    options.struct_size = sizeof options - 1;
    check_error(core, &options, HAETAE_EINVAL);
    for (int i = 0; i < 3; i++) {
        options = options_of("n", "v", "u");
        (i == 0   ? &options.name
         : i == 1 ? &options.version
                  : &options.schema_url)
            ->length = SIZE_MAX;
        check_error(core, &options, HAETAE_EINVAL);
    }
    options = options_of("n", "v", "u");
    options.attributes = &attribute;
    options.attribute_count = SIZE_MAX;
    check_error(core, &options, HAETAE_EINVAL);
    options = options_of("n", "v", "u");
    options.attribute_count = 3; /* of no attributes */
    (void)intern(core, &options);
}

static void scope_too_large_for_the_region_is_refused(void **state)
{
    struct core_fixture *core = *state;
    size_t size = 1 << 20;
    char *text = malloc(size + 1);
    haetae_scope_options options;

    memset(text, 'x', size);
    text[size] = '\0';
    options = options_of(text, "", "");
    check_error(core, &options, HAETAE_ELIMIT);
    options = options_of("n", text, "");
    check_error(core, &options, HAETAE_ELIMIT);
    options = options_of("n", "", text);
    check_error(core, &options, HAETAE_ELIMIT);
    options = options_of("n", "", "u");
    (void)intern(core, &options);
    free(text);
}

static void scopes_end_at_their_limit_and_those_known_stay(void **state)
{
    struct core_fixture *core = *state;
    haetae_scope_options options;
    char name[32];
    uint16_t first = 0;
    uint16_t number = 0;
    int made = 0;
    haetae_status status;

    for (;;) {
        snprintf(name, sizeof name, "scope %d", made);
        options = options_of(name, "", "");
        status = hae_scope_intern(core->recorder, &options, &number);
        if (status != HAETAE_OK) {
            break;
        }
        first = made == 0 ? number : first;
        made++;
    }
    assert_int_equal(status, HAETAE_ELIMIT);
    assert_int_equal(number, HAE_SCOPES_MAX - 1);
    options = options_of("scope 0", "", "");
    assert_int_equal(intern(core, &options), first);
    assert_non_null(hae_scope_at(&core->recorder->heap, number).bytes);
}

static void scopes_end_with_the_heap(void **state)
{
    struct core_fixture *core = *state;
    static char name[20000];
    haetae_scope_options options;
    haetae_status status = HAETAE_OK;
    uint16_t number;
    int made = 0;

    memset(name, 'n', sizeof name - 1);
    for (; status == HAETAE_OK; made++) {
        name[made % 100] = (char)('a' + made / 100);
        options = options_of(name, "", "");
        status = hae_scope_intern(core->recorder, &options, &number);
    }
    assert_int_equal(status, HAETAE_ELIMIT);
    assert_in_range(made, 3, HAE_SCOPES_MAX / 2);
}

static void intern_survives_want_of_memory(void **state)
{
    struct core_fixture *core = *state;
    haetae_scope_options options = options_of("n", "v", "u");
    long live = hae_alloc_live_count();
    uint16_t number = 4711;
    haetae_status status;

    for (long fail = 0;; fail++) {
        hae_alloc_fail_after(fail);
        status = hae_scope_intern(core->recorder, &options, &number);
        hae_alloc_fail_after(-1);
        assert_int_equal(hae_alloc_live_count(), live);
        if (status == HAETAE_OK) {
            break;
        }
        assert_int_equal(status, HAETAE_ENOMEM);
        assert_int_equal(number, 4711);
        assert_true(fail < 100);
    }
    assert_int_equal(intern(core, &options), number);
}

/* ---- Threads ------------------------------------------------------------------------ */

enum { THREADS = 4, SCOPES = 200 };

struct race {
    struct core_fixture *core;
    uint16_t numbers[THREADS][SCOPES];
};

static void intern_all(void *argument, unsigned number)
{
    struct race *race = argument;

    for (int i = 0; i < SCOPES; i++) {
        int which = (i + (int)number * 50) % SCOPES;
        char name[32];
        haetae_scope_options options;

        snprintf(name, sizeof name, "scope %d", which);
        options = options_of(name, "", "");
        (void)hae_scope_intern(race->core->recorder, &options, &race->numbers[number][which]);
        /* Read as the pipeline does, while others add. */
        if (hae_scope_at(&race->core->recorder->heap, race->numbers[number][which])
                .scope_size_bytes != strlen(name) + 2) {
            abort();
        }
    }
}

static void threads_agree_on_numbers(void **state)
{
    struct race race = {.core = *state};

    core_run_threads(THREADS, intern_all, &race);
    for (int i = 0; i < SCOPES; i++) {
        for (int j = 1; j < THREADS; j++) {
            assert_int_equal(race.numbers[j][i], race.numbers[0][i]);
        }
        for (int j = 0; j < i; j++) {
            assert_int_not_equal(race.numbers[0][i], race.numbers[0][j]);
        }
    }
}

#define SCOPE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCOPE_TEST(scope_is_kept_as_it_goes_on_the_wire),
        SCOPE_TEST(same_scope_has_the_same_number_and_others_have_others),
        SCOPE_TEST(unknown_numbers_have_no_scope),
        SCOPE_TEST(invalid_options_are_refused),
        SCOPE_TEST(scope_too_large_for_the_region_is_refused),
        SCOPE_TEST(scopes_end_at_their_limit_and_those_known_stay),
        SCOPE_TEST(scopes_end_with_the_heap),
        SCOPE_TEST(intern_survives_want_of_memory),
        SCOPE_TEST(threads_agree_on_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
