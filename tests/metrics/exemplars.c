/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/exemplars.h"

#include <string.h>

/* The ids of a span by its number. */
haetae_span_context span_of(uint64_t number, uint8_t flags)
{
    haetae_span_context context = {.trace_flags = flags};

    memset(context.trace_id, 0xA0, sizeof context.trace_id);
    memcpy(context.trace_id, &number, sizeof number);
    memcpy(context.span_id, &number, sizeof number);
    return context;
}

void enter_span(uint64_t number, uint8_t flags, haetae_context_token *token)
{
    haetae_span_context context = span_of(number, flags);

    haetae_context_attach_remote(&context, token);
}

void enter_sampled(uint64_t number, haetae_context_token *token)
{
    enter_span(number, HAETAE_TRACE_FLAG_SAMPLED, token);
}

void assert_span(const HaeOtlp__Exemplar *exemplar, uint64_t number)
{
    haetae_span_context context = span_of(number, 0);

    assert_int_equal(exemplar->trace_id.len, sizeof context.trace_id);
    assert_memory_equal(exemplar->trace_id.data, context.trace_id, sizeof context.trace_id);
    assert_int_equal(exemplar->span_id.len, sizeof context.span_id);
    assert_memory_equal(exemplar->span_id.data, context.span_id, sizeof context.span_id);
}

void init_exemplars_with(struct fixture *f, enum hae_exemplar_filter filter, uint64_t bytes)
{
    fixture_init(f, 0);
    assert_int_equal(hae_meter_provider_use_exemplars(&f->provider, filter, bytes), HAETAE_OK);
}

void init_exemplars(struct fixture *f)
{
    init_exemplars_with(f, HAE_EXEMPLARS_TRACE_BASED, POOL_BYTES);
}

void init_exemplar_views(struct fixture *f, struct views *views)
{
    init_exemplars(f);
    set_views(f, views);
}

uint64_t now_of(const struct fixture *f)
{
    return hae_clock_now_unix_ns(&f->recorder->region->clock);
}

void collect_now(struct fixture *f, struct collection *ret_all)
{
    assert_int_equal(collect_with(&f->reader, now_of(f), METRICS_MAX, ret_all), HAETAE_OK);
}

void add_in_span(haetae_counter *counter, int64_t value)
{
    haetae_context_token token;

    enter_sampled(9, &token);
    haetae_counter_add(counter, value, NULL, 0);
    haetae_context_detach(&token);
}
