/* SPDX-License-Identifier: Apache-2.0 */
/* The common part of the tests of spans. */
#ifndef HAETAE_TESTS_TRACE_TRACE_TEST_H
#define HAETAE_TESTS_TRACE_TRACE_TEST_H

#include "support/core_decode.h"

#define SPAN HAETAE_SIGNAL_TRACES

static inline int trace_set_up(void **state)
{
    struct core_fixture *core = calloc(1, sizeof *core);

    assert_non_null(core);
    core_begin(core, 0, 4);
    *state = core;
    return 0;
}

/* Each test ends its spans: all slots are free again. */
static inline int trace_tear_down(void **state)
{
    struct core_fixture *core = *state;

    (void)core_drain(core);
    assert_int_equal(core_sums(core).open_count, 0);
    assert_int_equal(core_free_slot_count(core->recorder), core_slot_count(core->recorder));
    core_end(core);
    free(core);
    return 0;
}

#define TRACE_TEST(name) cmocka_unit_test_setup_teardown(name, trace_set_up, trace_tear_down)

static inline haetae_span trace_start(struct core_fixture *core)
{
    haetae_span span =
        haetae_span_start(core->tracer, HAETAE_TEXT("span"), HAETAE_SPAN_KIND_INTERNAL);

    assert_int_not_equal(span, HAETAE_SPAN_NONE);
    return span;
}

/* Ends the only span and decodes it. */
static inline HaeOtlp__Span *trace_finish(struct core_fixture *core, haetae_span span)
{
    haetae_span_end(span);
    return core_only_span(core);
}

#endif
