/* SPDX-License-Identifier: Apache-2.0 */
/* Looking for items: names, attributes, callbacks, texts for people, mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "haetae/memory.h"
#include "support/fake_delivery.h"

/* A request of traces with two spans, "a" of kind server with the attribute n = 1, and "b" without
 * any; and one of logs with the body "a". */
static const uint8_t spans[] = {0x0a, 0x1c, 0x12, 0x1a, 0x0a, 0x03, 0x0a, 0x01, 0x73, 0x12,
                                0x0e, 0x2a, 0x01, 0x61, 0x30, 0x02, 0x4a, 0x07, 0x0a, 0x01,
                                0x6e, 0x12, 0x02, 0x18, 0x01, 0x12, 0x03, 0x2a, 0x01, 0x62};
static const uint8_t logs[] = {0x0a, 0x0b, 0x12, 0x09, 0x12, 0x07, 0x10,
                               0x0d, 0x2a, 0x03, 0x0a, 0x01, 0x61};

static haetae_verdict deliver(haetae_memory *memory, haetae_signal signal, const void *data,
                              size_t size)
{
    haetae_delivery delivery = {.signal = signal, .data = data, .size = size, .item_count = 2};
    haetae_exporter *exporter = NULL;

    assert_int_equal(haetae_memory_exporter_new(memory, &exporter), HAETAE_OK);
    fake_send(exporter, &delivery);
    haetae_exporter_free(exporter);
    assert_int_equal(delivery.completed_count, 1);
    return (haetae_verdict)delivery.result.verdict;
}

static haetae_memory *filled(void)
{
    haetae_memory *memory = NULL;

    assert_int_equal(haetae_memory_new(0, &memory), HAETAE_OK);
    assert_int_equal(deliver(memory, HAETAE_SIGNAL_TRACES, spans, sizeof spans), HAETAE_VERDICT_OK);
    assert_int_equal(deliver(memory, HAETAE_SIGNAL_LOGS, logs, sizeof logs), HAETAE_VERDICT_OK);
    return memory;
}

static bool is_server(void *user, const haetae_memory_item *item)
{
    *(unsigned *)user += 1;
    return item->span != NULL && item->span->kind == HAETAE_SPAN_KIND_SERVER;
}

static void all_that_a_query_says_must_hold(void **state)
{
    haetae_memory *memory = filled();
    haetae_attribute one = HAETAE_ATTR("n", 1);
    haetae_attribute two = HAETAE_ATTR("n", 2);
    haetae_attribute real = HAETAE_ATTR("n", 1.0);
    unsigned calls = 0;
    const struct {
        haetae_memory_query query;
        size_t count;
    } cases[] = {
        {HAETAE_OPTIONS(haetae_memory_query, .user = NULL), 3},
        {HAETAE_OPTIONS(haetae_memory_query, .name = haetae_string_of("a")), 2},
        {HAETAE_OPTIONS(haetae_memory_query, .name = haetae_string_of("b")), 1},
        {HAETAE_OPTIONS(haetae_memory_query, .name = haetae_string_of("ab")), 0},
        {HAETAE_OPTIONS(haetae_memory_query, .signals = 1u << HAETAE_SIGNAL_LOGS), 1},
        {HAETAE_OPTIONS(haetae_memory_query, .signals = 1u << HAETAE_SIGNAL_LOGS,
                        .name = haetae_string_of("b")),
         0},
        {HAETAE_OPTIONS(haetae_memory_query, .signals = 1u << HAETAE_SIGNAL_METRICS), 0},
        {HAETAE_OPTIONS(haetae_memory_query, .attributes = &one, .attribute_count = 1), 1},
        {HAETAE_OPTIONS(haetae_memory_query, .attributes = &two, .attribute_count = 1), 0},
        {HAETAE_OPTIONS(haetae_memory_query, .attributes = &real, .attribute_count = 1), 0},
        {HAETAE_OPTIONS(haetae_memory_query, .matches = is_server, .user = &calls), 1},
        {HAETAE_OPTIONS(haetae_memory_query, .name = haetae_string_of("b"), .matches = is_server,
                        .user = &calls),
         0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(haetae_memory_count(memory, &cases[i].query), cases[i].count);
    }
    assert_int_equal(calls, 3 + 1);
    assert_int_equal(haetae_memory_count(memory, NULL), 3);
    haetae_memory_free(memory);
}

static void values_are_compared_by_type_and_content(void **state)
{
    haetae_value numbers[] = {haetae_value_int64(1), haetae_value_int64(2)};
    haetae_attribute pairs[] = {HAETAE_ATTR("a", 1), HAETAE_ATTR("b", 2)};
    haetae_attribute turned[] = {HAETAE_ATTR("b", 2), HAETAE_ATTR("a", 1)};
    haetae_attribute others[] = {HAETAE_ATTR("a", 1), HAETAE_ATTR("c", 2)};
    const haetae_value values[] = {
        haetae_value_empty(),           haetae_value_string(""),    haetae_value_string("1"),
        haetae_value_bool(true),        haetae_value_bool(false),   haetae_value_int64(1),
        haetae_value_double(1),         haetae_value_bytes("1", 1), haetae_value_array(numbers, 2),
        haetae_value_array(numbers, 1), haetae_value_map(pairs, 2), haetae_value_map(pairs, 1),
        haetae_value_map(others, 2),
    };
    const haetae_value same = haetae_value_map(turned, 2);
    const size_t count = sizeof values / sizeof values[0];

    (void)state;
    for (size_t i = 0; i < count * count; i++) {
        assert_int_equal(haetae_memory_value_equals(&values[i / count], &values[i % count]),
                         i / count == i % count);
    }
    assert_true(haetae_memory_value_equals(&values[10], &same));
    assert_false(haetae_memory_value_equals(NULL, &same));
}

/* ---- Texts ------------------------------------------------------------------------------- */

struct told {
    char text[2048];
    unsigned count;
};

static void tell(void *user, const char *text)
{
    struct told *told = user;

    assert_true(strlen(text) < sizeof told->text);
    strcpy(told->text, text);
    told->count++;
}

static void a_failed_expectation_shows_what_is_there(void **state)
{
    haetae_memory *memory = filled();
    haetae_attribute two = HAETAE_ATTR("n", 2);
    haetae_memory_query query =
        HAETAE_OPTIONS(haetae_memory_query, .signals = 1u << HAETAE_SIGNAL_TRACES,
                       .name = haetae_string_of("a"), .attributes = &two, .attribute_count = 1);
    struct told told = {.count = 0};

    (void)state;
    assert_int_equal(haetae_memory_expect(memory, NULL, &query, 1, 1, tell, &told),
                     HAETAE_ETIMEOUT);
    assert_int_equal(told.count, 1);
    assert_string_equal(
        told.text,
        "expected 1, found 0: "
        "{\"signals\":[\"traces\"],\"name\":\"a\",\"attributes\":[{\"key\":\"n\",\"value\":2}]}\n"
        "there are 2:\n"
        "{\"span\":\"a\",\"kind\":\"server\",\"status\":\"unset\",\"attributes\":[{\"key\":\"n\","
        "\"value\":1}],\"scope\":\"s\"}\n"
        "{\"span\":\"b\",\"kind\":\"unspecified\",\"status\":\"unset\",\"scope\":\"s\"}\n");

    /* More than expected. */
    assert_int_equal(haetae_memory_expect(memory, NULL, NULL, 2, 1, tell, &told), HAETAE_ELIMIT);
    assert_memory_equal(told.text, "expected 2, found 3: {}\nthere are 3:\n", 37);
    assert_non_null(strstr(told.text, "{\"log\":\"\",\"severity\":13,\"body\":\"a\"}\n"));

    /* As expected. */
    assert_int_equal(haetae_memory_expect(memory, NULL, NULL, 3, 1, tell, &told), HAETAE_OK);
    assert_int_equal(told.count, 2);
    haetae_memory_free(memory);
}

static void items_are_printed(void **state)
{
    haetae_memory *memory = filled();
    haetae_memory_items *items = NULL;
    struct told told = {.count = 0};

    (void)state;
    assert_int_equal(haetae_memory_take(memory, NULL, &items), HAETAE_OK);
    assert_int_equal(haetae_memory_items_print(items, tell, &told), HAETAE_OK);
    assert_memory_equal(told.text, "{\"span\":\"a\"", 11);
    haetae_memory_items_free(items);
    haetae_memory_free(memory);
}

static void what_is_missing_is_not_printed_as_a_value(void **state)
{
    /* A point of the histogram "h" with a count and no sum, and a log record whose body is empty.
     */
    static const uint8_t histogram[] = {0x0a, 0x16, 0x12, 0x14, 0x12, 0x12, 0x0a, 0x01,
                                        0x68, 0x4a, 0x0d, 0x0a, 0x09, 0x21, 0x03, 0x00,
                                        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x02};
    static const uint8_t empty[] = {0x0a, 0x08, 0x12, 0x06, 0x12, 0x04, 0x10, 0x0d, 0x2a, 0x00};
    haetae_memory *memory = NULL;
    haetae_memory_items *items = NULL;
    struct told told = {.count = 0};

    (void)state;
    assert_int_equal(haetae_memory_new(0, &memory), HAETAE_OK);
    assert_int_equal(deliver(memory, HAETAE_SIGNAL_METRICS, histogram, sizeof histogram),
                     HAETAE_VERDICT_OK);
    assert_int_equal(deliver(memory, HAETAE_SIGNAL_LOGS, empty, sizeof empty), HAETAE_VERDICT_OK);
    assert_int_equal(haetae_memory_take(memory, NULL, &items), HAETAE_OK);
    assert_int_equal(haetae_memory_items_print(items, tell, &told), HAETAE_OK);
    assert_string_equal(told.text,
                        "{\"metric\":\"h\",\"kind\":\"histogram\",\"temporality\":\"cumulative\","
                        "\"count\":3}\n{\"log\":\"\",\"severity\":13,\"body\":null}\n");
    haetae_memory_items_free(items);
    haetae_memory_free(memory);
}

/* ---- Mistakes ---------------------------------------------------------------------------- */

static void wrong_arguments_are_refused(void **state)
{
    haetae_memory *memory = filled();
    haetae_memory_items *items = NULL;
    haetae_exporter *exporter = NULL;
    haetae_memory_query small = HAETAE_OPTIONS(haetae_memory_query, .user = NULL);
    haetae_memory_query reserved = HAETAE_OPTIONS(haetae_memory_query, .reserved = 1);
    haetae_memory_query none = HAETAE_OPTIONS(haetae_memory_query, .attribute_count = 1);

    (void)state;
    small.struct_size--;
    assert_int_equal(haetae_memory_new(0, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_memory_exporter_new(NULL, &exporter), HAETAE_EINVAL);
    assert_int_equal(haetae_memory_exporter_new(memory, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_memory_take(NULL, NULL, &items), HAETAE_EINVAL);
    assert_int_equal(haetae_memory_take(memory, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_memory_take(memory, &small, &items), HAETAE_EINVAL);
    assert_int_equal(haetae_memory_take(memory, &reserved, &items), HAETAE_EINVAL);
    assert_int_equal(haetae_memory_take(memory, &none, &items), HAETAE_EINVAL);
    assert_null(items);
    assert_int_equal(haetae_memory_wait(NULL, NULL, NULL, 0, 0), HAETAE_EINVAL);
    assert_int_equal(haetae_memory_wait(memory, NULL, &small, 0, 0), HAETAE_EINVAL);
    assert_int_equal(haetae_memory_wait(memory, NULL, NULL, 4, 0), HAETAE_ETIMEOUT);
    assert_int_equal(haetae_memory_expect(NULL, NULL, NULL, 0, 0, NULL, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_memory_items_print(NULL, tell, NULL), HAETAE_EINVAL);
    assert_int_equal(haetae_memory_count(memory, &small), 0);
    assert_int_equal(haetae_memory_count(NULL, NULL), 0);
    assert_int_equal(haetae_memory_items_count(NULL), 0);
    assert_null(haetae_memory_items_at(NULL, 0));
    assert_int_equal(haetae_memory_refused_count(NULL), 0);
    assert_null(haetae_memory_attribute(NULL, 1, "a"));
    haetae_memory_items_free(NULL);
    haetae_memory_reset(NULL);
    haetae_memory_free(NULL);
    haetae_memory_free(memory);
}

static void what_is_no_request_is_dropped(void **state)
{
    static const uint8_t garbage[] = {0xff, 0xff, 0xff};
    haetae_memory *memory = NULL;

    (void)state;
    assert_int_equal(haetae_memory_new(0, &memory), HAETAE_OK);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        assert_int_equal(deliver(memory, (haetae_signal)signal, garbage, sizeof garbage),
                         HAETAE_VERDICT_DROP);
        assert_int_equal(deliver(memory, (haetae_signal)signal, NULL, 0), HAETAE_VERDICT_OK);
    }
    assert_int_equal(deliver(memory, (haetae_signal)HAETAE_SIGNAL_COUNT, spans, sizeof spans),
                     HAETAE_VERDICT_DROP);
    assert_int_equal(haetae_memory_count(memory, NULL), 0);
    assert_int_equal(haetae_memory_refused_count(memory), 0);
    haetae_memory_free(memory);

    assert_int_equal(haetae_memory_new(100, &memory), HAETAE_OK);
    assert_int_equal(deliver(memory, HAETAE_SIGNAL_TRACES, spans, sizeof spans),
                     HAETAE_VERDICT_DROP);
    assert_int_equal(haetae_memory_refused_count(memory), 2);
    haetae_memory_free(memory);
}

/* ---- Memory ------------------------------------------------------------------------------ */

static haetae_status use_all(void)
{
    haetae_memory *memory = NULL;
    haetae_memory_items *items = NULL;
    haetae_exporter *exporter = NULL;
    haetae_delivery delivery = {
        .signal = HAETAE_SIGNAL_TRACES, .data = spans, .size = sizeof spans, .item_count = 2};
    struct told told = {.count = 0};
    haetae_status status = haetae_memory_new(0, &memory);

    if (status == HAETAE_OK) {
        status = haetae_memory_exporter_new(memory, &exporter);
    }
    if (status == HAETAE_OK) {
        fake_send(exporter, &delivery);
        status = delivery.result.verdict == HAETAE_VERDICT_OK ? HAETAE_OK : HAETAE_ENOMEM;
        assert_true(status == HAETAE_OK || delivery.result.verdict == HAETAE_VERDICT_RETRY);
    }
    if (status == HAETAE_OK) {
        status = haetae_memory_take(memory, NULL, &items);
    }
    if (status == HAETAE_OK) {
        status = haetae_memory_items_print(items, tell, &told);
    }
    if (status == HAETAE_OK) {
        status = haetae_memory_expect(memory, NULL, NULL, 3, 0, tell, &told);
        status = status == HAETAE_ETIMEOUT ? HAETAE_OK : status;
    }
    haetae_memory_items_free(items);
    haetae_exporter_free(exporter);
    haetae_memory_free(memory);
    return status;
}

static void every_failed_allocation_is_reported(void **state)
{
    long live = hae_alloc_live_count();
    haetae_status status = HAETAE_ENOMEM;
    long count = 0;

    (void)state;
    for (; status != HAETAE_OK; count++) {
        hae_alloc_fail_after(count);
        status = use_all();
        hae_alloc_fail_after(-1);
        assert_true(status == HAETAE_OK || status == HAETAE_ENOMEM);
        assert_int_equal(hae_alloc_live_count(), live);
    }
    assert_true(count > 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_a_query_says_must_hold),
        cmocka_unit_test(values_are_compared_by_type_and_content),
        cmocka_unit_test(a_failed_expectation_shows_what_is_there),
        cmocka_unit_test(items_are_printed),
        cmocka_unit_test(what_is_missing_is_not_printed_as_a_value),
        cmocka_unit_test(wrong_arguments_are_refused),
        cmocka_unit_test(what_is_no_request_is_dropped),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
