/* SPDX-License-Identifier: Apache-2.0 */
/* Resources as a program makes, merges and reads them. Specification: "Resource SDK". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haetae/haetae.h"
#include "support/live.h"

static int set_up(void **state)
{
    (void)live_set_up(state);
    return haetae_resource_new((haetae_resource **)state) == HAETAE_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    haetae_resource_free(*state);
    return live_tear_down(state);
}

static void put(haetae_resource *resource, haetae_attribute attribute)
{
    assert_int_equal(haetae_resource_put(resource, &attribute), HAETAE_OK);
}

static haetae_resource *made(const char *schema_url, haetae_attribute attribute)
{
    haetae_resource *resource = NULL;

    assert_int_equal(haetae_resource_new(&resource), HAETAE_OK);
    assert_int_equal(haetae_resource_set_schema_url(resource, haetae_string_of(schema_url)),
                     HAETAE_OK);
    put(resource, attribute);
    return resource;
}

static void has_url(const haetae_resource *resource, const char *expected)
{
    haetae_string url = haetae_resource_schema_url(resource);

    assert_int_equal(url.length, strlen(expected));
    assert_memory_equal(url.data, expected, url.length);
}

/* Finds the attribute that a test wants, and notes the order of all. */
struct look {
    const char *wanted;
    int64_t number;
    unsigned found_count;
    unsigned visited;
    char keys[256];
};

static bool look_at(void *user, const haetae_attribute *attribute)
{
    struct look *look = user;
    size_t used = strlen(look->keys);

    look->visited++;
    snprintf(look->keys + used, sizeof look->keys - used, "%.*s ", (int)attribute->key.length,
             attribute->key.data);
    if (attribute->key.length == strlen(look->wanted) &&
        memcmp(attribute->key.data, look->wanted, attribute->key.length) == 0) {
        look->found_count++;
        assert_int_equal(attribute->value.type, HAETAE_VALUE_INT64);
        look->number = attribute->value.as.int64;
    }
    return true;
}

static int64_t number_of(const haetae_resource *resource, const char *key)
{
    struct look look = {.wanted = key};

    assert_int_equal(haetae_resource_visit(resource, look_at, &look), HAETAE_OK);
    assert_int_equal(look.found_count, 1);
    return look.number;
}

/* ---- Create ------------------------------------------------------------------------------- */

static void new_resource_is_empty(void **state)
{
    struct look look = {.wanted = ""};

    assert_int_equal(haetae_resource_count(*state), 0);
    has_url(*state, "");
    assert_int_equal(haetae_resource_visit(*state, look_at, &look), HAETAE_OK);
    assert_int_equal(look.visited, 0);
}

static void attribute_with_the_same_key_is_replaced(void **state)
{
    put(*state, HAETAE_ATTR("a", 1));
    put(*state, HAETAE_ATTR("b", 2));
    put(*state, HAETAE_ATTR("a", 3));
    assert_int_equal(haetae_resource_count(*state), 2);
    assert_int_equal(number_of(*state, "a"), 3);
}

static void attributes_are_visited_in_the_order_of_their_keys(void **state)
{
    struct look look = {.wanted = ""};

    put(*state, HAETAE_ATTR("b", 1));
    put(*state, HAETAE_ATTR("a.b", 1));
    put(*state, HAETAE_ATTR("c", 1));
    put(*state, HAETAE_ATTR("a", 1));
    assert_int_equal(haetae_resource_visit(*state, look_at, &look), HAETAE_OK);
    assert_string_equal(look.keys, "a a.b b c ");
}

static void what_is_invalid_is_refused(void **state)
{
    haetae_attribute keyless = {{"", 0}, haetae_value_int64(1)};
    char longer[2050];

    memset(longer, 'x', sizeof longer);
    assert_int_equal(haetae_resource_put(*state, &keyless), HAETAE_EINVAL);
    assert_int_equal(haetae_resource_put(*state, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_resource_set_schema_url(*state, (haetae_string){"\xff", 1}),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_resource_set_schema_url(*state, (haetae_string){"a\nb", 3}),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_resource_set_schema_url(*state, (haetae_string){NULL, 3}),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_resource_set_schema_url(*state, (haetae_string){longer, 2049}),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_resource_set_schema_url(*state, (haetae_string){longer, SIZE_MAX}),
                     HAETAE_EINVAL);
    has_url(*state, "");
    assert_int_equal(haetae_resource_count(*state), 0);
    assert_int_equal(haetae_resource_set_schema_url(*state, (haetae_string){longer, 2048}),
                     HAETAE_OK);
}

/* ---- Retrieve attributes -------------------------------------------------------------------- */

static bool check_value(void *user, const haetae_attribute *attribute)
{
    const haetae_value *value = &attribute->value;
    unsigned *count = user;

    ++*count;
    switch (attribute->key.data[0]) {
    case '0':
        assert_int_equal(value->type, HAETAE_VALUE_EMPTY);
        break;
    case '1':
        assert_int_equal(value->as.int64, -7);
        break;
    case '2':
        assert_true(value->as.real == 2.5);
        break;
    case '3':
        assert_true(value->as.boolean);
        break;
    case '4':
        assert_memory_equal(value->as.string.data, "text", 4);
        break;
    case '5':
        assert_int_equal(value->as.bytes.length, 2);
        assert_memory_equal(value->as.bytes.data, "\0\xff", 2);
        break;
    case '6':
        assert_int_equal(value->as.array.count, 2);
        assert_int_equal(value->as.array.items[0].as.int64, 1);
        assert_int_equal(value->as.array.items[1].as.array.count, 0);
        break;
    default:
        assert_int_equal(value->as.map.count, 1);
        assert_memory_equal(value->as.map.items[0].key.data, "k", 1);
        assert_int_equal(value->as.map.items[0].value.as.map.items[0].value.as.int64, 9);
    }
    return true;
}

static void put_each_type(haetae_resource *resource)
{
    const haetae_attribute deep = HAETAE_ATTR("d", 9);
    const haetae_attribute map = haetae_attribute_of("k", haetae_value_map(&deep, 1));
    const haetae_value items[] = {haetae_value_int64(1), haetae_value_array(NULL, 0)};

    put(resource, haetae_attribute_of("0", haetae_value_empty()));
    put(resource, HAETAE_ATTR("1", -7));
    put(resource, HAETAE_ATTR("2", 2.5));
    put(resource, haetae_attribute_of("3", haetae_value_bool(true)));
    put(resource, HAETAE_ATTR("4", "text"));
    put(resource, haetae_attribute_of("5", haetae_value_bytes("\0\xff", 2)));
    put(resource, haetae_attribute_of("6", haetae_value_array(items, 2)));
    put(resource, haetae_attribute_of("7", haetae_value_map(&map, 1)));
}

static void each_type_of_value_is_read_back(void **state)
{
    unsigned count = 0;

    put_each_type(*state);
    assert_int_equal(haetae_resource_visit(*state, check_value, &count), HAETAE_OK);
    assert_int_equal(count, 8);
}

static void visit_survives_every_lack_of_memory(void **state)
{
    haetae_status status = HAETAE_ENOMEM;
    long tries = 0;

    put_each_type(*state);
    for (; status == HAETAE_ENOMEM; tries++) {
        unsigned count = 0;

        hae_alloc_fail_after(tries);
        status = haetae_resource_visit(*state, check_value, &count);
        hae_alloc_fail_after(-1);
    }
    assert_int_equal(status, HAETAE_OK);
    assert_int_equal(tries, 5); /* two arrays, two maps */
}

static bool stop(void *user, const haetae_attribute *attribute)
{
    (void)attribute;
    return ++*(unsigned *)user < 2;
}

static void visit_ends_when_it_is_told_to(void **state)
{
    unsigned count = 0;

    put_each_type(*state);
    assert_int_equal(haetae_resource_visit(*state, stop, &count), HAETAE_OK);
    assert_int_equal(count, 2);
}

/* ---- Merge ------------------------------------------------------------------------------------
 */

static void merged_resource_has_the_attributes_of_both_and_the_updating_one_wins(void **state)
{
    haetae_resource *updating = made("", HAETAE_ATTR("both", 2));

    put(*state, HAETAE_ATTR("both", 1));
    put(*state, HAETAE_ATTR("old", 1));
    put(updating, HAETAE_ATTR("new", 2));
    assert_int_equal(haetae_resource_merge(*state, updating), HAETAE_OK);
    assert_int_equal(haetae_resource_count(*state), 3);
    assert_int_equal(number_of(*state, "both"), 2);
    assert_int_equal(number_of(*state, "old"), 1);
    assert_int_equal(number_of(*state, "new"), 2);
    assert_int_equal(haetae_resource_count(updating), 2);
    haetae_resource_free(updating);
}

static bool is_empty_text(void *user, const haetae_attribute *attribute)
{
    *(bool *)user =
        attribute->value.type == HAETAE_VALUE_STRING && attribute->value.as.string.length == 0;
    return true;
}

static void empty_value_of_the_updating_resource_wins(void **state)
{
    haetae_resource *updating = made("", HAETAE_ATTR("key", ""));
    bool is_empty = false;

    put(*state, HAETAE_ATTR("key", "value"));
    assert_int_equal(haetae_resource_merge(*state, updating), HAETAE_OK);
    assert_int_equal(haetae_resource_visit(*state, is_empty_text, &is_empty), HAETAE_OK);
    assert_true(is_empty);
    haetae_resource_free(updating);
}

static void schema_url_follows_the_rules_of_merging(void **state)
{
    static const struct {
        const char *old, *updating, *merged;
        haetae_status status;
    } rows[] = {
        {"", "", "", HAETAE_OK},
        {"", "u", "u", HAETAE_OK},
        {"o", "", "o", HAETAE_OK},
        {"same", "same", "same", HAETAE_OK},
        {"one", "two", "", HAETAE_ECONFLICT},
        {"one", "one and more", "", HAETAE_ECONFLICT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        haetae_resource *old = made(rows[i].old, HAETAE_ATTR("a", 1));
        haetae_resource *updating = made(rows[i].updating, HAETAE_ATTR("b", 2));

        assert_int_equal(haetae_resource_merge(old, updating), rows[i].status);
        has_url(old, rows[i].merged);
        assert_int_equal(haetae_resource_count(old), 2);
        has_url(updating, rows[i].updating);
        if (rows[i].status != HAETAE_OK) {
            /* A third one does not mend it. */
            assert_int_equal(haetae_resource_merge(old, updating), HAETAE_OK);
            has_url(old, "");
            assert_int_equal(haetae_resource_merge(updating, old), HAETAE_OK);
            has_url(updating, "");
            assert_int_equal(haetae_resource_set_schema_url(old, haetae_string_of("x")), HAETAE_OK);
            has_url(old, "x");
        }
        haetae_resource_free(old);
        haetae_resource_free(updating);
    }
}

static void merging_a_resource_with_itself_changes_nothing(void **state)
{
    put(*state, HAETAE_ATTR("a", 1));
    assert_int_equal(haetae_resource_merge(*state, *state), HAETAE_OK);
    assert_int_equal(haetae_resource_count(*state), 1);
}

static void everything_survives_every_lack_of_memory(void **state)
{
    haetae_resource *from = made("url", HAETAE_ATTR("a", 1));
    haetae_status status = HAETAE_ENOMEM;

    (void)state;
    for (int i = 0; i < 40; i++) {
        char key[16];

        snprintf(key, sizeof key, "k%d", i);
        put(from, HAETAE_ATTR(key, i));
    }
    for (long tries = 0; status == HAETAE_ENOMEM; tries++) {
        haetae_resource *copy = NULL;

        hae_alloc_fail_after(tries);
        status = haetae_resource_new(&copy);
        if (status == HAETAE_OK) {
            status = haetae_resource_merge(copy, from);
        }
        hae_alloc_fail_after(-1);
        haetae_resource_free(copy);
    }
    assert_int_equal(status, HAETAE_OK);
    haetae_resource_free(from);
}

/* ---- In a configuration ------------------------------------------------------------------------
 */

static void resource_that_is_set_replaces_all_of_it(void **state)
{
    haetae_config *config = NULL;
    haetae_resource *copy = NULL;
    haetae_sdk *sdk = NULL;

    put(*state, HAETAE_ATTR("only", 1));
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_SERVICE_NAME", "not used"), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "HAETAE_WORKER", "manual"), HAETAE_OK);
    assert_int_equal(haetae_config_set_resource(config, *state), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    assert_int_equal(haetae_sdk_resource(sdk, &copy), HAETAE_OK);
    assert_int_equal(haetae_resource_count(copy), 1);
    assert_int_equal(number_of(copy, "only"), 1);
    haetae_resource_free(copy);
    haetae_sdk_free(sdk);

    assert_int_equal(haetae_config_set_resource(config, NULL), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    assert_int_equal(haetae_sdk_resource(sdk, &copy), HAETAE_OK);
    assert_true(haetae_resource_count(copy) > 8);
    haetae_resource_free(copy);
    haetae_sdk_free(sdk);
    haetae_config_free(config);
}

static void empty_resource_may_be_set(void **state)
{
    haetae_config *config = NULL;
    haetae_resource *copy = NULL;
    haetae_sdk *sdk = NULL;

    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "HAETAE_WORKER", "manual"), HAETAE_OK);
    assert_int_equal(haetae_config_set_resource(config, *state), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    assert_int_equal(haetae_sdk_resource(sdk, &copy), HAETAE_OK);
    assert_int_equal(haetae_resource_count(copy), 0);
    has_url(copy, "");
    haetae_resource_free(copy);
    haetae_sdk_free(sdk);
    haetae_config_free(config);
}

static void added_resource_with_another_schema_leaves_none_and_warns(void **state)
{
    haetae_config *config = NULL;
    haetae_resource *copy = NULL;
    haetae_sdk *sdk = NULL;

    put(*state, HAETAE_ATTR("added", 1));
    assert_int_equal(haetae_resource_set_schema_url(*state, haetae_string_of("mine")), HAETAE_OK);
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_set_diagnostics(config, NULL, NULL), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "HAETAE_WORKER", "manual"), HAETAE_OK);
    assert_int_equal(haetae_config_add_resource(config, *state), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &sdk), HAETAE_OK);
    assert_non_null(strstr(haetae_config_warnings(config), "another schema URL"));
    assert_int_equal(haetae_sdk_resource(sdk, &copy), HAETAE_OK);
    assert_int_equal(number_of(copy, "added"), 1);
    has_url(copy, "");
    haetae_resource_free(copy);
    haetae_sdk_free(sdk);
    haetae_config_free(config);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(new_resource_is_empty),
        TEST(attribute_with_the_same_key_is_replaced),
        TEST(attributes_are_visited_in_the_order_of_their_keys),
        TEST(what_is_invalid_is_refused),
        TEST(each_type_of_value_is_read_back),
        TEST(visit_survives_every_lack_of_memory),
        TEST(visit_ends_when_it_is_told_to),
        TEST(merged_resource_has_the_attributes_of_both_and_the_updating_one_wins),
        TEST(empty_value_of_the_updating_resource_wins),
        TEST(schema_url_follows_the_rules_of_merging),
        TEST(merging_a_resource_with_itself_changes_nothing),
        TEST(everything_survives_every_lack_of_memory),
        TEST(resource_that_is_set_replaces_all_of_it),
        TEST(empty_resource_may_be_set),
        TEST(added_resource_with_another_schema_leaves_none_and_warns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
