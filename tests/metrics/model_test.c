/* SPDX-License-Identifier: Apache-2.0 */
/* Random attribute sets, in random orders, with keys given twice and text that needs
 * repair, against a plain model of what a set is. */
#include "metrics/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

enum { ATTRIBUTES_MAX = 5, TEXT_SIZE = 512, SERIES_MAX = 6000, MEASUREMENTS = 60000 };

/* What a caller passes, and how a receiver sees it. */
struct key {
    const char *given;
    const char *seen;
};

struct value {
    haetae_value given;
    const char *seen;
};

static const struct key keys[] = {
    {"a", "a"},
    {"b", "b"},
    {"method", "method"},
    {"http.request.method", "http.request.method"},
    {"http.respons.e.code", "http.respons.e.code"}, /* as long, with the same end */
    {"k\xFF", "k\xEF\xBF\xBD"},
    {"k\xFE", "k\xEF\xBF\xBD"},
};

static struct value values[20];
static size_t value_count;

static void add_value(haetae_value given, const char *seen)
{
    values[value_count++] = (struct value){given, seen};
}

static void fill_values(void)
{
    static const haetae_value items[] = {
        {.type = HAETAE_VALUE_INT64, .as = {.int64 = 1}},
        {.type = HAETAE_VALUE_STRING, .as = {.string = {"x", 1}}},
    };

    value_count = 0;
    add_value(haetae_value_string(""), "");
    add_value(haetae_value_string("x"), "x");
    add_value(haetae_value_string("xyz"), "xyz");
    add_value(haetae_value_string("12345"), "12345");
    add_value(haetae_value_string("exactly8"), "exactly8");
    add_value(haetae_value_string("exactly sixteen."), "exactly sixteen.");
    add_value(haetae_value_string("a text that differs in the middle"),
              "a text that differs in the middle");
    add_value(haetae_value_string("a text that DIFFERS in the middle"),
              "a text that DIFFERS in the middle");
    add_value(haetae_value_string("bad \xE2\x82 text"), "bad \xEF\xBF\xBD text");
    add_value(haetae_value_string("bad \xF0 text"), "bad \xEF\xBF\xBD text");
    add_value(haetae_value_int64(0), "0");
    add_value(haetae_value_int64(-7), "-7");
    add_value(haetae_value_int64(INT64_MAX), "9223372036854775807");
    add_value(haetae_value_bool(true), "true");
    add_value(haetae_value_double(0.5), "0.5");
    add_value(haetae_value_array(items, 2), "array of 2");
    add_value(haetae_value_empty(), "empty");
}

struct set {
    size_t count;
    haetae_attribute attributes[ATTRIBUTES_MAX];
    char seen[TEXT_SIZE];
};

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The model: from the end, each key once; sorted. */
static void see(struct set *set, const size_t *key, const size_t *value)
{
    char items[ATTRIBUTES_MAX][TEXT_SIZE / ATTRIBUTES_MAX];
    size_t kept[ATTRIBUTES_MAX];
    size_t count = 0;
    size_t at = 0;

    for (size_t i = set->count; i-- > 0;) {
        size_t j = 0;

        while (j < count && strcmp(keys[key[kept[j]]].seen, keys[key[i]].seen) != 0) {
            j++;
        }
        if (j == count) {
            snprintf(items[count], sizeof items[0], "%s=%s", keys[key[i]].seen,
                     values[value[i]].seen);
            kept[count++] = i;
        }
    }
    qsort(items, count, sizeof items[0], by_text);
    set->seen[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        at += (size_t)snprintf(set->seen + at, TEXT_SIZE - at, "%s%s", i > 0 ? "," : "", items[i]);
    }
}

static void make_set(uint64_t *random, struct set *set)
{
    size_t key[ATTRIBUTES_MAX];
    size_t value[ATTRIBUTES_MAX];

    set->count = hae_splitmix(random) % (ATTRIBUTES_MAX - 1);
    for (size_t i = 0; i < set->count; i++) {
        key[i] = (size_t)(hae_splitmix(random) % (sizeof keys / sizeof keys[0]));
        value[i] = (size_t)(hae_splitmix(random) % value_count);
        set->attributes[i] = haetae_attribute_of(keys[key[i]].given, values[value[i]].given);
    }
    see(set, key, value);
}

/* ---- The model's series ----------------------------------------------------------------- */

struct modelled {
    char seen[TEXT_SIZE];
    int64_t total;
};

static struct modelled *modelled;
static size_t modelled_count;

static void model_add(const char *seen, int64_t increment)
{
    size_t i = 0;

    while (i < modelled_count && strcmp(modelled[i].seen, seen) != 0) {
        i++;
    }
    assert_true(i < SERIES_MAX);
    if (i == modelled_count) {
        strcpy(modelled[i].seen, seen);
        modelled_count++;
    }
    modelled[i].total += increment;
}

/* `pool` sets that come again and again, so that caches and tables are used. */
static void run(size_t pool, uint64_t seed)
{
    struct set *sets = calloc(pool, sizeof *sets);
    struct fixture f;
    struct collection all;
    uint64_t random = seed;

    modelled = calloc(SERIES_MAX, sizeof *modelled);
    modelled_count = 0;
    assert_true(sets != NULL && modelled != NULL);
    fixture_init_sized(&f, 64u << 20, 0);
    f.provider.defaults.cardinality_limit = SERIES_MAX;
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (size_t i = 0; i < pool; i++) {
        make_set(&random, &sets[i]);
    }
    for (int i = 0; i < MEASUREMENTS; i++) {
        const struct set *set = &sets[hae_splitmix(&random) % pool];

        haetae_counter_add(counter, i, set->attributes, set->count);
        model_add(set->seen, i);
    }
    collect(&f, &all);
    assert_int_equal(point_count(&all, "c"), modelled_count);
    for (size_t i = 0; i < modelled_count; i++) {
        const HaeOtlp__NumberDataPoint *point = find_point(&all, "c", modelled[i].seen);

        assert_non_null(point);
        assert_int_equal(point->as_int, modelled[i].total);
    }
    collection_done(&all, &f);
    free(sets);
    free(modelled);
}

static void a_few_sets_agree_with_the_model(void **state)
{
    (void)state;
    run(40, 1);
}

static void many_sets_agree_with_the_model(void **state)
{
    (void)state;
    run(500, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_few_sets_agree_with_the_model),
        cmocka_unit_test(many_sets_agree_with_the_model),
    };

    fill_values();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
