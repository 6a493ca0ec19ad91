/* SPDX-License-Identifier: Apache-2.0 */
/* Singular fields of a span: its status and its name. */
#include "trace/trace_test.h"

struct step {
    int code;
    const char *description;
};

/* A span whose status is set by each step in order. -1 ends the steps. */
static HaeOtlp__Span *with_status(struct core_fixture *core, const struct step *steps)
{
    haetae_span handle = trace_start(core);

    for (; steps->code >= 0; steps++) {
        haetae_span_set_status(handle, (haetae_span_status)steps->code, steps->description,
                               steps->description != NULL ? strlen(steps->description) : 0);
    }
    return trace_finish(core, handle);
}

static void check_status(struct core_fixture *core, const struct step *steps, int code,
                         const char *message)
{
    HaeOtlp__Span *span = with_status(core, steps);

    if (code == HAETAE_SPAN_STATUS_UNSET) {
        assert_null(span->status);
    } else {
        assert_non_null(span->status);
        assert_int_equal(span->status->code, code);
        if (message == NULL) {
            assert_null(span->status->message);
        } else {
            assert_string_equal(span->status->message, message);
        }
    }
    core_free_span(span);
}

#define STEPS(...) ((const struct step[]){__VA_ARGS__, {-1, NULL}})

static void status_follows_the_rules(void **state)
{
    struct core_fixture *core = *state;
    enum { UNSET = HAETAE_SPAN_STATUS_UNSET, OK = HAETAE_SPAN_STATUS_OK, ERROR };

    check_status(core, STEPS({UNSET, "x"}), UNSET, NULL);
    check_status(core, STEPS({OK, NULL}), OK, NULL);
    check_status(core, STEPS({OK, "only errors have one"}), OK, NULL);
    check_status(core, STEPS({ERROR, "bad"}), ERROR, "bad");
    check_status(core, STEPS({ERROR, NULL}), ERROR, NULL);
    check_status(core, STEPS({ERROR, ""}), ERROR, NULL);
    /* OK is final, UNSET is ignored, and of several errors the last one counts. */
    check_status(core, STEPS({OK, NULL}, {ERROR, "late"}, {UNSET, NULL}), OK, NULL);
    check_status(core, STEPS({ERROR, "bad"}, {UNSET, NULL}), ERROR, "bad");
    check_status(core, STEPS({ERROR, "bad"}, {OK, NULL}), OK, NULL);
    check_status(core, STEPS({ERROR, "bad"}, {ERROR, "worse"}), ERROR, "worse");
    check_status(core, STEPS({ERROR, "bad"}, {ERROR, NULL}), ERROR, NULL);
}

static void unknown_status_is_counted_and_changes_nothing(void **state)
{
    struct core_fixture *core = *state;
    static const int unknown[] = {3, -1, INT32_MAX, INT32_MIN};
    haetae_span handle = trace_start(core);
    HaeOtlp__Span *span;

    haetae_span_set_status(handle, HAETAE_SPAN_STATUS_ERROR, HAETAE_TEXT("bad"));
    for (int i = 0; i < 4; i++) {
        haetae_span_set_status(handle, (haetae_span_status)unknown[i], HAETAE_TEXT("x"));
    }
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ARGUMENT), 4);
    haetae_span_set_status(handle, HAETAE_SPAN_STATUS_ERROR, "x", SIZE_MAX);
    span = trace_finish(core, handle);
    assert_int_equal(span->status->code, HAETAE_SPAN_STATUS_ERROR);
    core_free_span(span);
}

static void status_that_does_not_fit_keeps_its_code(void **state)
{
    struct core_fixture *core = *state;
    size_t size = 4 << 20;
    char *text = malloc(size);
    haetae_span handle = trace_start(core);
    HaeOtlp__Span *span;

    memset(text, 'x', size);
    haetae_span_set_status(handle, HAETAE_SPAN_STATUS_ERROR, text, size);
    span = trace_finish(core, handle);
    assert_int_equal(span->status->code, HAETAE_SPAN_STATUS_ERROR);
    core_free_span(span);
    free(text);
}

/* Puts them between other fields, so that removing one moves the fields after it. */
static void status_and_name_are_replaced_among_other_fields(void **state)
{
    struct core_fixture *core = *state;
    static char text[600];

    memset(text, 's', sizeof text);
    for (size_t length = 1; length < sizeof text; length += 13) {
        haetae_span handle = trace_start(core);
        HaeOtlp__Span *span;

        haetae_span_set_status(handle, HAETAE_SPAN_STATUS_ERROR, text, length);
        haetae_span_set_string(handle, HAETAE_TEXT("a"), text, 600 - length);
        haetae_span_update_name(handle, text, length / 2 + 1);
        haetae_span_add_event(handle, HAETAE_TEXT("e"), 7, HAETAE_ATTRS(HAETAE_ATTR("k", 1)));
        haetae_span_set_status(handle, HAETAE_SPAN_STATUS_ERROR, HAETAE_TEXT("last"));
        haetae_span_update_name(handle, HAETAE_TEXT("the name"));
        span = trace_finish(core, handle);
        assert_string_equal(span->name, "the name");
        assert_string_equal(span->status->message, "last");
        assert_int_equal(strlen(core_find(span->attributes, 1, "a")->string_value), 600 - length);
        assert_int_equal(span->n_events, 1);
        core_has_int(span->events[0]->attributes, 1, "k", 1);
        core_free_span(span);
    }
}

static void update_name_replaces_the_name(void **state)
{
    struct core_fixture *core = *state;
    haetae_span handle = trace_start(core);
    HaeOtlp__Span *span;

    haetae_span_update_name(handle, HAETAE_TEXT("caf\xE9"));
    haetae_span_update_name(handle, "invalid", SIZE_MAX);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ARGUMENT), 1);
    span = trace_finish(core, handle);
    assert_string_equal(span->name, "caf\xEF\xBF\xBD");
    core_free_span(span);

    handle = trace_start(core);
    haetae_span_update_name(handle, NULL, 0);
    span = trace_finish(core, handle);
    assert_null(span->name);
    core_free_span(span);
}

static void name_that_does_not_fit_leaves_the_old_one(void **state)
{
    struct core_fixture *core = *state;
    size_t size = 4 << 20;
    char *text = malloc(size);
    haetae_span handle = trace_start(core);
    HaeOtlp__Span *span;

    memset(text, 'x', size);
    haetae_span_update_name(handle, text, size);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ARGUMENT), 1);
    span = trace_finish(core, handle);
    assert_string_equal(span->name, "span");
    core_free_span(span);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRACE_TEST(status_follows_the_rules),
        TRACE_TEST(unknown_status_is_counted_and_changes_nothing),
        TRACE_TEST(status_that_does_not_fit_keeps_its_code),
        TRACE_TEST(status_and_name_are_replaced_among_other_fields),
        TRACE_TEST(update_name_replaces_the_name),
        TRACE_TEST(name_that_does_not_fit_leaves_the_old_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
