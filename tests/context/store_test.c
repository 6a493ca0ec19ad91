/* SPDX-License-Identifier: Apache-2.0 */
/* Tracestates by number. */
#include "context/trace_state_store.h"

#include "haetae/context.h"
#include "support/core_fixture.h"

static void check_kept(uint64_t number, const char *expected, size_t length)
{
    char text[HAETAE_TRACE_STATE_MAX];

    assert_true(hae_trace_state_is_kept(number));
    assert_int_equal(hae_trace_state_load(number, text), length);
    assert_memory_equal(text, expected, length);
}

static void text_of_any_length_is_found_by_its_number(void **state)
{
    char text[HAETAE_TRACE_STATE_MAX];
    uint64_t numbers[HAETAE_TRACE_STATE_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (char)(' ' + i % 90);
    }
    for (size_t length = 1; length <= sizeof text; length++) {
        numbers[length - 1] = hae_trace_state_store(text, length);
        assert_int_not_equal(numbers[length - 1], 0);
        assert_int_equal(numbers[length - 1] >> HAE_TRACE_STATE_NUMBER_BITS, 0);
    }
    for (size_t length = 1; length <= sizeof text; length++) {
        check_kept(numbers[length - 1], text, length);
    }
}

static void newest_800_of_any_length_are_kept_and_old_ones_forgotten(void **state)
{
    char text[HAETAE_TRACE_STATE_MAX];
    uint64_t numbers[2000];

    (void)state;
    for (unsigned i = 0; i < 2000; i++) {
        memset(text, 'a' + (int)(i % 26), sizeof text);
        numbers[i] = hae_trace_state_store(text, sizeof text);
    }
    for (unsigned i = 0; i < 2000; i++) {
        memset(text, 'a' + (int)(i % 26), sizeof text);
        if (i >= 1200) {
            check_kept(numbers[i], text, sizeof text);
        } else if (i < 1000) {
            char found[HAETAE_TRACE_STATE_MAX];

            assert_false(hae_trace_state_is_kept(numbers[i]));
            assert_int_equal(hae_trace_state_load(numbers[i], found), 0);
        }
    }
}

static void number_that_never_was_one_leads_to_nothing(void **state)
{
    char found[HAETAE_TRACE_STATE_MAX];
    uint64_t last = hae_trace_state_store("k=v", 3);

    (void)state;
    assert_int_equal(hae_trace_state_load(0, found), 0);
    assert_false(hae_trace_state_is_kept(0));
    assert_int_equal(hae_trace_state_load(last + 1, found), 0);
    assert_int_equal(hae_trace_state_load((UINT64_C(1) << HAE_TRACE_STATE_NUMBER_BITS) - 1, found),
                     0);
}

/* Each text is of one character, so that a mixture shows. */
static void store_and_load(void *argument, unsigned thread)
{
    char text[HAETAE_TRACE_STATE_MAX];
    char found[HAETAE_TRACE_STATE_MAX];
    uint64_t kept[16] = {0};
    unsigned count = core_repeat(20000);

    (void)argument;
    for (unsigned i = 0; i < count; i++) {
        size_t length = 1 + (i * 37 + thread) % sizeof text;
        uint64_t *number = &kept[i % 16];
        size_t loaded = hae_trace_state_load(*number, found);

        for (size_t at = 0; at < loaded; at++) {
            assert_int_equal(found[at], 'a' + (int)thread);
        }
        memset(text, 'a' + (int)thread, length);
        *number = hae_trace_state_store(text, length);
    }
}

static void texts_of_several_threads_do_not_mix(void **state)
{
    (void)state;
    core_run_threads(4, store_and_load, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_of_any_length_is_found_by_its_number),
        cmocka_unit_test(newest_800_of_any_length_are_kept_and_old_ones_forgotten),
        cmocka_unit_test(number_that_never_was_one_leads_to_nothing),
        cmocka_unit_test(texts_of_several_threads_do_not_mix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
