/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration files with NULL for what is given, and without memory. */
#include <stdatomic.h>

#include "load_fixture.h"

/* ---- Allocations that fail
 * ------------------------------------------------------------------------ */

static _Atomic bool failing;
static _Atomic long until_failure;

static bool fails(void)
{
    return atomic_load(&failing) && atomic_fetch_sub(&until_failure, 1) <= 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    return fails() ? NULL : __real_realloc(block, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

/* ---- NULL, and lack of memory
 * -------------------------------------------------------------------------------- */

static void null_is_taken(void **state)
{
    haetae_config_model *model = NULL;

    assert_int_equal(haetae_config_file_load(NULL, "x"), HAETAE_EINVAL);
    assert_int_equal(haetae_config_file_load(*state, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_model_load(*state, "x", NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_model_parse(NULL, NULL, "", 0, &model), HAETAE_EINVAL);
    assert_int_equal(haetae_config_model_parse(*state, NULL, NULL, 1, &model), HAETAE_EINVAL);
    assert_int_equal(haetae_config_model_parse(*state, NULL, NULL, 0, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_model_parse(*state, NULL, NULL, 0, &model), HAETAE_EFORMAT);
    assert_int_equal(haetae_config_model_create(NULL, *state), HAETAE_EINVAL);
    haetae_config_model_free(NULL);
    assert_null(haetae_config_model_root(NULL));
    assert_int_equal(haetae_config_node_type_of(NULL), HAETAE_CONFIG_NODE_NULL);
    assert_int_equal(haetae_config_node_line(NULL), 0);
    assert_int_equal(haetae_config_node_count(NULL), 0);
    assert_null(haetae_config_node_at(NULL, 0));
    assert_null(haetae_config_node_find(NULL, "x"));
    assert_string_equal(haetae_config_node_key(NULL), "");
    assert_string_equal(haetae_config_node_text(NULL), "");
    assert_int_equal(haetae_config_node_bool(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_node_int64(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_node_double(NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_config_file_register(), HAETAE_OK);
}

static void loading_survives_every_lack_of_memory(void **state)
{
    static const char text[] = FORMAT
        "resource: {attributes: [{name: l, value: [1], type: int_array}], schema_url: x,\n"
        "  detection/development: {attributes: {included: [a*]}, detectors: [host: ]}}\n"
        "x: &x {a: [b]}\ny: *x\n"
        "tracer_provider:\n  processors:\n    - batch:\n        exporter:\n          otlp_http:\n"
        "            headers: [{name: a, value: b}]\n            headers_list: c=d\n"
        "  sampler: {parent_based: {root: {composite/development: {rule_based: {rules: [\n"
        "    {attribute_values: {key: a, values: [b]}, sampler: {probability: }},\n"
        "    {sampler: {parent_threshold: {root: {always_on: }}}}]}}},\n"
        "    local_parent_not_sampled: {always_record: {root: {always_off: }}}}}\n"
        "  tracer_configurator/development: {tracers: [{name: a, config: {enabled: false}}]}\n"
        "propagator: {composite: [b3: ]}\n";
    haetae_status status = HAETAE_ENOMEM;
    long tries = 0;

    (void)state;
    for (; status == HAETAE_ENOMEM; tries++) {
        haetae_config *config = NULL;

        assert_int_equal(haetae_config_new(&config), HAETAE_OK);
        atomic_store(&until_failure, tries);
        atomic_store(&failing, true);
        status = load(config, text);
        atomic_store(&failing, false);
        if (status != HAETAE_ENOMEM && status != HAETAE_OK) {
            fail_msg("after %ld: %d, %s", tries, (int)status, haetae_config_error(config));
        }
        haetae_config_free(config);
    }
    assert_int_equal(status, HAETAE_OK);
    assert_true(tries > 50);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(null_is_taken),
        TEST(loading_survives_every_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
