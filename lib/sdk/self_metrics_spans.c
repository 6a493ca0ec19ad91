/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/self_metrics_spans.h"

#include "sdk/self_metrics_names.h"

static const char *const origins[HAE_SELF_ORIGINS] = {"none", "local", "remote"};

static const char *const decisions[HAE_SELF_DECISIONS] = {
    [HAETAE_SAMPLING_DROP - HAETAE_SAMPLING_DROP] = "DROP",
    [HAETAE_SAMPLING_RECORD_ONLY - HAETAE_SAMPLING_DROP] = "RECORD_ONLY",
    [HAETAE_SAMPLING_RECORD_AND_SAMPLE - HAETAE_SAMPLING_DROP] = "RECORD_AND_SAMPLE",
};

static int index_of(int32_t decision)
{
    int index = decision - HAETAE_SAMPLING_DROP;

    return index >= 0 && index < HAE_SELF_DECISIONS ? index : 0; /* what is no decision drops */
}

static void span_started(void *user, const struct hae_current *parent, int32_t decision)
{
    const struct hae_self_metrics *self = user;
    int origin = parent == NULL ? 0 : parent->is_remote ? 2 : 1;
    int index = index_of(decision);

    haetae_bound_counter_add(self->started[origin][index], 1);
    haetae_bound_up_down_counter_add(self->live[index], 1);
}

static void span_ended(void *user, int32_t decision)
{
    const struct hae_self_metrics *self = user;

    haetae_bound_up_down_counter_add(self->live[index_of(decision)], -1);
}

void hae_self_metrics_bind_spans(struct hae_self_metrics *self, haetae_meter *meter)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_up_down_counter *live = NULL;
    haetae_counter *started = NULL;

    options.unit = haetae_string_of(hae_self_item_names[HAETAE_SIGNAL_TRACES].unit);
    options.name = haetae_string_of("otel.sdk.span.started");
    (void)haetae_counter_create(meter, &options, &started);
    options.name = haetae_string_of("otel.sdk.span.live");
    (void)haetae_up_down_counter_create(meter, &options, &live);
    for (int decision = 0; decision < HAE_SELF_DECISIONS; decision++) {
        struct hae_self_attributes list = {.count = 0};

        hae_self_add_text(&list, "otel.span.sampling_result", decisions[decision]);
        if (decision != index_of(HAETAE_SAMPLING_DROP)) {
            (void)haetae_up_down_counter_bind(live, list.items, list.count, &self->live[decision]);
        }
        hae_self_add_text(&list, "otel.span.parent.origin", "");
        for (int origin = 0; origin < HAE_SELF_ORIGINS; origin++) {
            list.items[1].value = haetae_value_string(origins[origin]);
            (void)haetae_counter_bind(started, list.items, list.count,
                                      &self->started[origin][decision]);
        }
    }
}

void hae_self_metrics_count_spans(struct hae_self_metrics *self,
                                  struct hae_tracer_provider *provider)
{
    struct hae_span_counter counter = {span_started, span_ended, self};

    hae_tracer_provider_count(provider, &counter);
}
