/* SPDX-License-Identifier: Apache-2.0 */
/* Signal handlers that record while the thread that they interrupt is recording, after
 * every instruction of that thread. */
#include "recorder/drain.h"
#include "recorder/open_record.h"
#include "support/core_decode.h"
#include "support/core_step.h"

#define LOG  HAETAE_SIGNAL_LOGS
#define SPAN HAETAE_SIGNAL_TRACES

/* The long text continues in a second slot. */
enum { SIZE_BYTES = 128 << 20, LONG_TEXT = 500 };

/* Some tests run everything again for each step. They try only every STRIDE-th step, and
 * fewer in builds whose code has many more steps. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { STRIDE = 97 };
#elif !defined(__OPTIMIZE__)
enum { STRIDE = 37 };
#else
enum { STRIDE = 11 };
#endif

struct reentry {
    struct core_fixture core;
    haetae_span outer; /* started before */
    haetae_span changed;
    haetae_span_context contexts[2];
    unsigned end_at;
    bool reused; /* the slot, by another span */
    unsigned wrong;
    unsigned handler_spans;
    uint64_t taken[HAETAE_SIGNAL_COUNT];
    char long_text[LONG_TEXT];
};

static int set_up(void **state)
{
    struct reentry *reentry;

    if (!core_can_step()) {
        *state = NULL;
        return 0;
    }
    reentry = calloc(1, sizeof *reentry);
    assert_non_null(reentry);
    core_begin(&reentry->core, SIZE_BYTES, 4);
    memset(reentry->long_text, 'x', LONG_TEXT);
    reentry->outer =
        haetae_span_start(reentry->core.tracer, HAETAE_TEXT("outer"), HAETAE_SPAN_KIND_SERVER);
    assert_true(haetae_span_get_context(reentry->outer, &reentry->contexts[0]));
    *state = reentry;
    return 0;
}

static int tear_down(void **state)
{
    struct reentry *reentry = *state;

    if (reentry != NULL) {
        haetae_span_end(reentry->outer);
        (void)core_drain(&reentry->core);
        assert_int_equal(core_free_slot_count(reentry->core.recorder),
                         core_slot_count(reentry->core.recorder));
        assert_int_equal(core_sums(&reentry->core).open_count, 0);
        assert_int_equal(atomic_load(&hae_thread.busy), 0);
        core_end(&reentry->core);
        free(reentry);
    }
    return 0;
}

static void set_header(void *carrier, const char *key, const char *value)
{
    (void)carrier;
    (void)key;
    (void)value;
}

/* Makes each recording call once. */
static void record_everything(void *argument)
{
    struct reentry *reentry = argument;
    haetae_link link = {.context = reentry->contexts[0]};
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);
    haetae_context_token token;
    haetae_span span;

    haetae_context_attach(reentry->outer, &token);
    span = haetae_span_start(reentry->core.tracer, HAETAE_TEXT("inner"), HAETAE_SPAN_KIND_INTERNAL);
    haetae_span_update_name(span, HAETAE_TEXT("inner, renamed"));
    haetae_span_set_attributes(span, HAETAE_ATTRS(HAETAE_ATTR("one", 1), HAETAE_ATTR("two", "2"),
                                                  HAETAE_ATTR("three", 3.0)));
    haetae_span_set_string(span, HAETAE_TEXT("two"), HAETAE_TEXT("2nd"));
    haetae_span_set_string(span, HAETAE_TEXT("long"), reentry->long_text, LONG_TEXT);
    haetae_span_add_event(span, HAETAE_TEXT("event"), 0, HAETAE_ATTRS(HAETAE_ATTR("e", 1)));
    haetae_span_add_link(span, &link);
    haetae_span_set_status(span, HAETAE_SPAN_STATUS_ERROR, HAETAE_TEXT("bad"));
    haetae_context_inject(span, set_header, NULL);
    haetae_log(reentry->core.logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("plain"),
               HAETAE_ATTRS(HAETAE_ATTR("a", 1)));
    record.body = haetae_value_text(reentry->long_text, LONG_TEXT);
    record.severity_text = haetae_string_of("INFO");
    haetae_log_emit(reentry->core.logger, &record);
    haetae_span_end(span);
    haetae_context_detach(&token);
}

static void check_inner(const HaeOtlp__Span *span)
{
    assert_int_equal(span->n_attributes, 4);
    core_has_int(span->attributes, 4, "one", 1);
    core_has_string(span->attributes, 4, "two", "2nd");
    assert_non_null(core_find(span->attributes, 4, "three"));
    assert_int_equal(strlen(core_find(span->attributes, 4, "long")->string_value), LONG_TEXT);
    assert_int_equal(span->n_events, 1);
    assert_int_equal(span->n_links, 1);
    assert_string_equal(span->status->message, "bad");
    assert_true(span->end_time_unix_nano >= span->start_time_unix_nano);
}

/* ---- Records from the handler ---------------------------------------------------------- */

static void log_the_step(void *argument, unsigned step)
{
    struct reentry *reentry = argument;

    haetae_log(reentry->core.logger, HAETAE_SEVERITY_WARN, HAETAE_TEXT("from the handler"),
               HAETAE_ATTRS(HAETAE_ATTR("step", step)));
}

static void log_from_a_handler_at_any_instruction_is_kept(void **state)
{
    struct reentry *reentry = *state;
    unsigned steps;
    bool *seen;

    if (reentry == NULL) {
        skip();
    }
    record_everything(reentry); /* so that the thread has its lane */
    steps = core_step(record_everything, log_the_step, reentry);
    seen = calloc(steps, sizeof *seen);
    assert_true(steps > 1000);
    assert_true(core_drain(&reentry->core));
    assert_int_equal(reentry->core.record_count, steps + 2 * 3);
    assert_int_equal(core_published(&reentry->core, LOG), steps + 2 * 2);
    for (size_t i = 0; i < reentry->core.record_count; i++) {
        HaeOtlp__LogRecord *log;
        const HaeOtlp__AnyValue *step;

        if (reentry->core.records[i].signal != LOG) {
            continue;
        }
        log = core_log(&reentry->core, i);
        step = core_find(log->attributes, log->n_attributes, "step");
        if (step != NULL) {
            assert_string_equal(log->body->string_value, "from the handler");
            assert_false(seen[step->int_value]);
            seen[step->int_value] = true;
        }
        core_free_log(log);
    }
    for (unsigned i = 0; i < steps; i++) {
        assert_true(seen[i]);
    }
    free(seen);
}

static void span_in_the_handler(void *argument, unsigned step)
{
    struct reentry *reentry = argument;
    haetae_span span;

    if (step % 4 != 0) {
        return;
    }
    span =
        haetae_span_start(reentry->core.tracer, HAETAE_TEXT("handler"), HAETAE_SPAN_KIND_INTERNAL);
    haetae_span_set_int64(span, HAETAE_TEXT("step"), step);
    haetae_span_set_int64(span, HAETAE_TEXT("step"), step + 1);
    haetae_span_end(span);
    reentry->handler_spans++;
}

static void span_from_a_handler_at_any_instruction_is_kept(void **state)
{
    struct reentry *reentry = *state;
    unsigned inner = 0;
    unsigned from_handler = 0;

    if (reentry == NULL) {
        skip();
    }
    record_everything(reentry);
    (void)core_step(record_everything, span_in_the_handler, reentry);
    assert_true(core_drain(&reentry->core));
    for (size_t i = 0; i < reentry->core.record_count; i++) {
        HaeOtlp__Span *span;

        if (reentry->core.records[i].signal != SPAN) {
            continue;
        }
        span = core_span(&reentry->core, i);
        if (strcmp(span->name, "handler") == 0) {
            assert_int_equal(span->n_attributes, 1);
            from_handler++;
        } else {
            assert_string_equal(span->name, "inner, renamed");
            check_inner(span);
            inner++;
        }
        core_free_span(span);
    }
    assert_int_equal(from_handler, reentry->handler_spans);
    assert_int_equal(inner, 2);
}

/* ---- Draining in the handler -------------------------------------------------------------- */

static bool count_record(void *user, const struct hae_record *record)
{
    struct reentry *reentry = user;

    reentry->taken[record->signal]++;
    return true;
}

/* Drains like the consumer, which may run at any moment, and compares the counts. */
static void drain_and_compare(void *argument, unsigned step)
{
    struct reentry *reentry = argument;
    struct hae_recorder_sums sums;

    (void)step;
    (void)hae_recorder_drain(reentry->core.recorder, count_record, reentry);
    hae_recorder_sum(reentry->core.recorder, &sums);
    reentry->wrong += reentry->taken[LOG] > sums.published[LOG];
    reentry->wrong += reentry->taken[SPAN] > sums.published[SPAN];
    reentry->wrong +=
        atomic_load(&reentry->core.recorder->region->handed_over_count) > UINT32_MAX / 2;
    reentry->wrong += sums.open_count > 3;
}

static void record_without_a_lane(void *argument)
{
    uint8_t before = atomic_load(&hae_thread.busy);

    atomic_store(&hae_thread.busy, 1);
    record_everything(argument);
    atomic_store(&hae_thread.busy, before);
}

static void nothing_is_drained_before_it_is_counted(void **state)
{
    struct reentry *reentry = *state;

    if (reentry == NULL) {
        skip();
    }
    record_everything(reentry);
    (void)core_step(record_everything, drain_and_compare, reentry);
    assert_int_equal(reentry->wrong, 0);
    (void)core_step(record_without_a_lane, drain_and_compare, reentry);
    assert_int_equal(reentry->wrong, 0);
    assert_int_equal(reentry->taken[LOG] + reentry->taken[SPAN], 3 * 3);
}

/* ---- The same span in the handler ----------------------------------------------------------- */

static void change_one(void *argument)
{
    struct reentry *reentry = argument;

    haetae_span_set_int64(reentry->changed, HAETAE_TEXT("body"), 1);
    haetae_span_add_event(reentry->changed, HAETAE_TEXT("event"), 1, NULL, 0);
}

static void change_in_handler(void *argument, unsigned step)
{
    struct reentry *reentry = argument;

    if (step == reentry->end_at) {
        haetae_span_set_int64(reentry->changed, HAETAE_TEXT("handler"), 1);
    }
}

static void end_in_handler(void *argument, unsigned step)
{
    struct reentry *reentry = argument;

    if (step == reentry->end_at) {
        haetae_span_end_at(reentry->changed, UINT64_MAX / 4);
    }
}

static void start_changed(struct reentry *reentry)
{
    reentry->changed =
        haetae_span_start(reentry->core.tracer, HAETAE_TEXT("changed"), HAETAE_SPAN_KIND_INTERNAL);
}

static void change_from_a_handler_is_made_or_counted(void **state)
{
    struct reentry *reentry = *state;
    unsigned steps = 1;
    unsigned refused = 0;

    if (reentry == NULL) {
        skip();
    }
    for (unsigned at = 0; at < steps; at += STRIDE) {
        HaeOtlp__Span *span;

        start_changed(reentry);
        reentry->end_at = at;
        steps = core_step(change_one, change_in_handler, reentry);
        haetae_span_end(reentry->changed);
        span = core_only_span(&reentry->core);
        core_has_int(span->attributes, span->n_attributes, "body", 1);
        assert_int_equal(span->n_events, 1);
        refused += core_find(span->attributes, span->n_attributes, "handler") == NULL;
        assert_int_equal(core_misuse(&reentry->core, HAETAE_MISUSE_CONTENDED), refused);
        core_free_span(span);
    }
    assert_true(steps > 200);
    assert_true(refused > 0 && refused < steps / STRIDE);
}

static void span_that_a_handler_ends_is_recorded_once(void **state)
{
    struct reentry *reentry = *state;
    unsigned steps = 1;

    if (reentry == NULL) {
        skip();
    }
    for (unsigned at = 0; at < steps; at += STRIDE) {
        HaeOtlp__Span *span;
        uint64_t misuse = core_misuse(&reentry->core, HAETAE_MISUSE_ENDED_SPAN);

        start_changed(reentry);
        reentry->end_at = at;
        steps = core_step(change_one, end_in_handler, reentry);
        if (at >= steps) {
            end_in_handler(reentry,
                           at); /* this time the call took fewer steps than the last time */
        }
        span = core_only_span(&reentry->core);
        assert_int_equal(span->end_time_unix_nano, UINT64_MAX / 4);
        /* Each change is in the span, or was too late and was counted. */
        assert_int_equal(span->n_attributes + span->n_events +
                             core_misuse(&reentry->core, HAETAE_MISUSE_ENDED_SPAN) - misuse,
                         2);
        core_free_span(span);
    }
    assert_int_equal(core_misuse(&reentry->core, HAETAE_MISUSE_CONTENDED), 0);
}

/* ---- Two threads that end the same span
 * ----------------------------------------------------------- */

static void end_changed(void *argument)
{
    struct reentry *reentry = argument;

    haetae_span_end(reentry->changed);
}

/* Another thread releases and ends the span, and another span writes into its slot, while
 * this thread is about to end the span as well. */
static void end_and_use_again(void *argument, unsigned step)
{
    struct reentry *reentry = argument;
    static const char zeroes[700];
    uint32_t index = hae_handle_slot(reentry->changed);
    struct hae_slot *slot = hae_slot_at(reentry->core.recorder, index);

    if (step == reentry->end_at) {
        hae_open_release(reentry->core.recorder, reentry->changed);
        haetae_span_end(reentry->changed);
        /* Not when this thread, which has asked for the end, must do it. */
        reentry->reused =
            atomic_load(&slot->state) >> 32 != hae_handle_generation(reentry->changed);
    }
    if (step == reentry->end_at && reentry->reused) {
        haetae_span_set_string(reentry->outer, HAETAE_TEXT("zeroes"), zeroes, sizeof zeroes);
        reentry->wrong +=
            hae_slot_at(reentry->core.recorder, hae_handle_slot(reentry->outer))->chain !=
            index; /* otherwise this tests nothing */
    }
    for (uint32_t at = 0; step >= reentry->end_at && reentry->reused && at < slot->used; at++) {
        reentry->wrong += slot->data[at] != 0;
    }
}

static void late_end_leaves_the_next_use_of_a_slot_alone(void **state)
{
    struct reentry *reentry = *state;
    unsigned steps = 1;
    unsigned recorded = 0;
    unsigned reused = 0;

    if (reentry == NULL) {
        skip();
    }
    for (unsigned at = 0; at < steps; at++) {
        struct hae_slot *slot;

        start_changed(reentry);
        reentry->end_at = at;
        reentry->reused = false;
        slot = hae_slot_at(reentry->core.recorder, hae_handle_slot(reentry->changed));
        atomic_fetch_or(&slot->state, HAE_SLOT_BUSY); /* as if another thread changed it */
        steps = core_step(end_changed, end_and_use_again, reentry);
        haetae_span_end(reentry->outer);
        reentry->outer =
            haetae_span_start(reentry->core.tracer, HAETAE_TEXT("outer"), HAETAE_SPAN_KIND_SERVER);
        recorded++;
        reused += reentry->reused;
    }
    assert_true(recorded > 30);
    assert_true(reused > 0 && reused < recorded);
    assert_int_equal(reentry->wrong, 0);
    assert_int_equal(core_published(&reentry->core, SPAN), 2 * recorded);
}

/* ---- The context ------------------------------------------------------------------- */

static void switch_contexts(void *argument)
{
    struct reentry *reentry = argument;
    haetae_context_token outer;
    haetae_context_token inner;

    haetae_context_attach(reentry->outer, &outer);
    haetae_context_attach_remote(&reentry->contexts[1], &inner);
    haetae_context_detach(&inner);
    haetae_context_detach(&outer);
}

/* The context is one of the two, or none, and never a mixture. Attaching in the handler does
 * not change it. */
static void check_context(void *argument, unsigned step)
{
    struct reentry *reentry = argument;
    haetae_span_context context;
    haetae_context_token token;

    (void)step;
    if (haetae_current_span_context(&context)) {
        context.is_remote = 0;
        reentry->wrong += memcmp(&context, &reentry->contexts[0], sizeof context) != 0 &&
                          memcmp(&context, &reentry->contexts[1], sizeof context) != 0;
    }
    haetae_context_attach(reentry->outer, &token);
    reentry->wrong += haetae_current_span() != reentry->outer;
    haetae_context_detach(&token);
}

static void context_that_a_handler_sees_is_whole(void **state)
{
    struct reentry *reentry = *state;

    if (reentry == NULL) {
        skip();
    }
    memset(&reentry->contexts[1], 0x5A,
           sizeof reentry->contexts[1].trace_id + sizeof reentry->contexts[1].span_id);
    reentry->contexts[1].trace_flags = HAETAE_TRACE_FLAG_RANDOM;
    (void)core_step(switch_contexts, check_context, reentry);
    assert_int_equal(reentry->wrong, 0);
    assert_int_equal(haetae_current_span(), HAETAE_SPAN_NONE);
    assert_false(haetae_current_span_context(NULL));
}

#define REENTRY_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REENTRY_TEST(log_from_a_handler_at_any_instruction_is_kept),
        REENTRY_TEST(span_from_a_handler_at_any_instruction_is_kept),
        REENTRY_TEST(nothing_is_drained_before_it_is_counted),
        REENTRY_TEST(change_from_a_handler_is_made_or_counted),
        REENTRY_TEST(span_that_a_handler_ends_is_recorded_once),
        REENTRY_TEST(late_end_leaves_the_next_use_of_a_slot_alone),
        REENTRY_TEST(context_that_a_handler_sees_is_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
