/* SPDX-License-Identifier: Apache-2.0 */
/* Handles that only carry a context on. */
#include "context/relay.h"

#include "support/core_fixture.h"

static struct hae_current context_of(uint64_t number)
{
    return (struct hae_current){.trace_id = {number, ~number},
                                .span_id = number * 3 + 1,
                                .trace_state_low = (uint32_t)number,
                                .trace_flags = (uint8_t)(number & 3),
                                .is_remote = number & 1,
                                .valid = 1,
                                .has_trace_state = number != 0};
}

static void check(haetae_span span, uint64_t number)
{
    struct hae_current expected = context_of(number);
    struct hae_current found;

    expected.span = span;
    memset(&found, 0, sizeof found);
    assert_true(hae_relay_find(span, &found));
    assert_memory_equal(&found, &expected, sizeof found);
}

static void handle_carries_its_context_until_it_is_ended(void **state)
{
    struct hae_current found;
    struct hae_current invalid = {.valid = 0};
    haetae_span spans[100];

    (void)state;
    assert_int_equal(hae_relay_new(&invalid), HAETAE_SPAN_NONE);
    for (uint64_t i = 0; i < 100; i++) {
        struct hae_current context = context_of(i);

        spans[i] = hae_relay_new(&context);
        assert_int_not_equal(spans[i], HAETAE_SPAN_NONE);
    }
    for (uint64_t i = 0; i < 100; i++) {
        check(spans[i], i);
        assert_true(hae_relay_end(spans[i]));
        assert_false(hae_relay_end(spans[i]));
        assert_false(hae_relay_find(spans[i], &found));
    }
    assert_false(hae_relay_end(HAETAE_SPAN_NONE));
    assert_false(hae_relay_find(HAETAE_SPAN_NONE, &found));
    assert_false(hae_relay_find(UINT64_MAX, &found));
    assert_false(hae_relay_end(UINT64_MAX));
}

static void full_table_refuses_and_goes_on_when_some_have_ended(void **state)
{
    enum { MORE_THAN_FIT = 4096 };
    static haetae_span spans[MORE_THAN_FIT];
    struct hae_current context = context_of(7);
    size_t count = 0;

    (void)state;
    while (count < MORE_THAN_FIT && (spans[count] = hae_relay_new(&context)) != HAETAE_SPAN_NONE) {
        count++;
    }
    assert_in_range(count, 1000, MORE_THAN_FIT - 1);
    for (size_t i = 0; i < count; i++) {
        check(spans[i], 7);
        assert_true(hae_relay_end(spans[i]));
    }
    spans[0] = hae_relay_new(&context);
    check(spans[0], 7);
    assert_true(hae_relay_end(spans[0]));
}

static void come_and_go(void *argument, unsigned thread)
{
    (void)argument;
    for (unsigned i = 0; i < core_repeat(20000); i++) {
        struct hae_current context = context_of((uint64_t)thread << 32 | i);
        haetae_span span = hae_relay_new(&context);

        check(span, (uint64_t)thread << 32 | i);
        assert_true(hae_relay_end(span));
    }
}

static void threads_do_not_see_each_others_contexts(void **state)
{
    (void)state;
    core_run_threads(4, come_and_go, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handle_carries_its_context_until_it_is_ended),
        cmocka_unit_test(full_table_refuses_and_goes_on_when_some_have_ended),
        cmocka_unit_test(threads_do_not_see_each_others_contexts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
