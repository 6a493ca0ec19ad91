/* SPDX-License-Identifier: Apache-2.0 */
/* Span handles: stale handles, handles of freed recorders, and random numbers. */
#include "base/alloc.h"
#include "recorder/registry.h"
#include "support/core_decode.h"
#include "trace/span_slot.h"

#define SPAN HAETAE_SIGNAL_TRACES

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

static haetae_span start(struct core_fixture *core, const char *name)
{
    haetae_span span =
        haetae_span_start(core->tracer, name, strlen(name), HAETAE_SPAN_KIND_INTERNAL);

    assert_int_not_equal(span, HAETAE_SPAN_NONE);
    return span;
}

/* Makes every call with a handle. */
static void call_all(haetae_span span)
{
    haetae_link link = {.trace_state = {NULL, 0}};
    haetae_exception exception = HAETAE_OPTIONS(haetae_exception);
    haetae_context_token token;
    haetae_span_context context;

    exception.type = haetae_string_of("EIO");
    haetae_span_set_int64(span, HAETAE_TEXT("spoiled"), 1);
    haetae_span_add_event(span, HAETAE_TEXT("spoiled"), 0, NULL, 0);
    haetae_span_add_link(span, &link);
    haetae_span_set_status(span, HAETAE_SPAN_STATUS_ERROR, HAETAE_TEXT("spoiled"));
    haetae_span_record_exception(span, &exception);
    haetae_span_update_name(span, HAETAE_TEXT("spoiled"));
    (void)haetae_span_is_recording(span);
    (void)haetae_span_get_context(span, &context);
    haetae_context_attach(span, &token);
    haetae_context_detach(&token);
    haetae_span_end_at(span, 1);
}

enum { COUNTED_USES = 8 }; /* calls of call_all() that change the span */

static void check_untouched(struct core_fixture *core, haetae_span span, const char *name)
{
    HaeOtlp__Span *decoded;

    assert_true(haetae_span_is_recording(span));
    haetae_span_end(span);
    assert_true(core_drain(core));
    decoded = core_span_named(core, name);
    assert_int_equal(decoded->n_attributes, 0);
    assert_int_equal(decoded->n_events, 0);
    assert_int_equal(decoded->n_links, 0);
    assert_null(decoded->status);
    core_free_span(decoded);
}

static void no_span_is_a_valid_handle_for_every_call(void **state)
{
    struct core_fixture *core = *state;

    call_all(HAETAE_SPAN_NONE);
    for (int cause = 0; cause < HAETAE_MISUSE_COUNT; cause++) {
        assert_int_equal(core_misuse(core, (haetae_misuse)cause), 0);
    }
    assert_int_equal(core_published(core, SPAN), 0);
}

static void stale_handle_does_nothing_and_is_counted(void **state)
{
    struct core_fixture *core = *state;
    haetae_span span = start(core, "old");

    haetae_span_end(span);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), 0);
    assert_false(haetae_span_is_recording(span));
    call_all(span);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), COUNTED_USES);
    assert_int_equal(core_published(core, SPAN), 1);
    assert_int_equal(core_sums(core).open_count, 0);
}

static void stale_handle_leaves_the_next_span_in_its_slot_alone(void **state)
{
    struct core_fixture *core = *state;
    haetae_span old = start(core, "old");
    haetae_span next;

    haetae_span_end(old);
    next = start(core, "next");
    assert_int_equal(hae_handle_slot(next), hae_handle_slot(old));
    assert_int_not_equal(next, old);
    call_all(old);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), COUNTED_USES);
    check_untouched(core, next, "next");
}

static void generation_of_a_slot_may_run_over(void **state)
{
    struct core_fixture *core = *state;
    haetae_span first = start(core, "first");
    haetae_span last;
    haetae_span next;
    struct hae_slot *slot = hae_slot_at(core->recorder, hae_handle_slot(first));

    haetae_span_end(first);
    atomic_store(&slot->state, (uint64_t)UINT32_MAX << 32);
    last = start(core, "last");
    assert_int_equal(hae_handle_generation(last), UINT32_MAX);
    haetae_span_end(last);
    next = start(core, "next");
    assert_int_equal(hae_handle_slot(next), hae_handle_slot(first));
    assert_int_equal(hae_handle_generation(next), 0);
    call_all(last);
    check_untouched(core, next, "next");
}

static void handle_to_the_middle_of_a_span_or_to_a_log_is_refused(void **state)
{
    struct core_fixture *core = *state;
    static char text[2000];
    haetae_span span = start(core, "long");
    uint64_t state_word;

    memset(text, 'x', sizeof text);
    haetae_span_set_string(span, HAETAE_TEXT("long"), text, sizeof text);
    core_busy_begin();
    haetae_log(core->logger, HAETAE_SEVERITY_INFO, text, sizeof text, NULL, 0);
    core_busy_end();
    for (uint32_t slot = 1; slot <= 16; slot++) {
        if (slot != hae_handle_slot(span)) {
            state_word = atomic_load(&hae_slot_at(core->recorder, slot)->state);
            call_all(hae_handle_new(state_word, core->recorder->index, slot, true));
        }
    }
    haetae_span_end(span);
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(core->records[i].size_bytes > sizeof text, true);
        assert_null(memmem(core->records[i].data, core->records[i].size_bytes, "spoiled", 7));
    }
    assert_int_equal(core_free_slot_count(core->recorder), core_slot_count(core->recorder));
}

/* ---- Recorders that come and go ---------------------------------------------------------- */

static void handles_of_a_freed_recorder_are_harmless(void **state)
{
    struct core_fixture core;
    haetae_span open;
    haetae_span ended;

    (void)state;
    core_begin(&core, 0, 2);
    open = start(&core, "open");
    ended = start(&core, "ended");
    haetae_span_end(ended);
    core_end(&core);
    call_all(open);
    call_all(ended);
}

static void handles_of_a_freed_recorder_mean_nothing_to_the_next_one(void **state)
{
    enum { SPANS = 64 };
    struct core_fixture core;
    haetae_span old[SPANS];
    haetae_span next[SPANS];

    (void)state;
    core_begin(&core, 0, 2);
    for (int i = 0; i < SPANS; i++) {
        old[i] = start(&core, "old");
    }
    core_end(&core);
    core_begin(&core, 0, 2);
    for (int i = 0; i < SPANS; i++) {
        next[i] = start(&core, "next");
    }
    for (int i = 0; i < SPANS; i++) {
        call_all(old[i]);
    }
    assert_int_equal(core_misuse(&core, HAETAE_MISUSE_ENDED_SPAN), SPANS * COUNTED_USES);
    assert_int_equal(core_sums(&core).open_count, SPANS);
    for (int i = 0; i < SPANS; i++) {
        haetae_span_end(next[i]);
    }
    assert_int_equal(core_published(&core, SPAN), SPANS);
    core_end(&core);
}

static void handles_lead_to_their_own_recorder(void **state)
{
    struct core_fixture *first = *state;
    struct core_fixture second;
    haetae_span of_first = start(first, "first");
    haetae_span of_second;
    long live = hae_alloc_live_count();

    core_begin(&second, 0, 2);
    of_second = start(&second, "second");
    assert_ptr_equal(hae_handle_recorder(of_first), first->recorder);
    assert_ptr_equal(hae_handle_recorder(of_second), second.recorder);
    haetae_span_end(of_second);
    assert_int_equal(core_published(&second, SPAN), 1);
    assert_int_equal(core_published(first, SPAN), 0);
    haetae_span_end(of_first);
    assert_int_equal(core_published(&second, SPAN), 1);
    assert_int_equal(core_published(first, SPAN), 1);
    core_end(&second);
    assert_int_equal(hae_alloc_live_count(), live);
}

/* ---- Random numbers
 * ------------------------------------------------------------------------------ */

static void any_number_is_a_harmless_handle(void **state)
{
    struct core_fixture *core = *state;
    struct hae_random random = {1, 2};
    haetae_span open[8];
    uint64_t misuse;

    for (int i = 0; i < 8; i++) {
        open[i] = start(core, "open");
    }
    for (unsigned i = 0; i < core_repeat(300000); i++) {
        uint64_t number = hae_splitmix(&random.a);

        switch (i % 4) {
        case 0: /* anything */
            break;
        case 1: /* the right recorder */
            number = (number & ~(UINT64_C(15) << HAE_HANDLE_RECORDER_SHIFT)) |
                     (uint64_t)(core->recorder->index + 1) << HAE_HANDLE_RECORDER_SHIFT;
            break;
        case 2: /* and a slot near those in use */
            number =
                hae_handle_new(number, core->recorder->index, (uint32_t)number % 32, number & 1);
            break;
        default: /* one bit different from an open span's handle, in slot or generation */
            number = open[number % 8] ^ (UINT64_C(1) << (number >> 8) % 24)
                                            << ((number >> 16) % 2 * 40);
            break;
        }
        for (int j = 0; j < 8; j++) {
            if (number == open[j]) {
                number = 0;
            }
        }
        call_all(number);
    }
    misuse = core_misuse(core, HAETAE_MISUSE_ENDED_SPAN);
    assert_true(misuse > core_repeat(300000));
    assert_int_equal(core_sums(core).open_count, 8);
    for (int i = 0; i < 8; i++) {
        haetae_span_end(open[i]);
    }
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), misuse);
    assert_true(core_drain(core));
    assert_int_equal(core->record_count, 8);
    for (size_t i = 0; i < 8; i++) {
        HaeOtlp__Span *span = core_span(core, i);

        assert_string_equal(span->name, "open");
        assert_int_equal(span->n_attributes, 0);
        core_free_span(span);
    }
}

#define HANDLE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HANDLE_TEST(no_span_is_a_valid_handle_for_every_call),
        HANDLE_TEST(stale_handle_does_nothing_and_is_counted),
        HANDLE_TEST(stale_handle_leaves_the_next_span_in_its_slot_alone),
        HANDLE_TEST(generation_of_a_slot_may_run_over),
        HANDLE_TEST(handle_to_the_middle_of_a_span_or_to_a_log_is_refused),
        cmocka_unit_test(handles_of_a_freed_recorder_are_harmless),
        cmocka_unit_test(handles_of_a_freed_recorder_mean_nothing_to_the_next_one),
        HANDLE_TEST(handles_lead_to_their_own_recorder),
        HANDLE_TEST(any_number_is_a_harmless_handle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
