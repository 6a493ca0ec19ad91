/* SPDX-License-Identifier: Apache-2.0 */
/* What a collection makes of a stream or a series that the host has written over: it leaves it out,
 * counts the damage, and reports everything else. */
#include "metrics/fixture.h"

enum { SERIES = 2 };

struct damaged {
    struct fixture f;
    haetae_histogram *histogram;
    struct hae_stream *stream;
    struct hae_series *newest;
};

static void begin(struct damaged *damaged)
{
    haetae_counter *counter;

    fixture_init(&damaged->f, 2);
    damaged->histogram = make_histogram(&damaged->f, "damaged", HAETAE_NUMBER_DOUBLE);
    counter = make_counter(&damaged->f, "whole", HAETAE_NUMBER_INT64);
    for (int i = 0; i < SERIES; i++) {
        haetae_attribute attribute = HAETAE_ATTR("i", i);

        haetae_histogram_record_double(damaged->histogram, i, &attribute, 1);
        haetae_counter_add(counter, 1, &attribute, 1);
    }
    damaged->stream = &damaged->histogram->instrument.first;
    damaged->newest = hae_ref_at(damaged->stream->region,
                                 hae_series_ref(atomic_load(&damaged->stream->data->series)));
}

/* Collects, and checks how many series of the histogram came, and how often damage was counted. */
static void collected(struct damaged *damaged, size_t series_count, uint64_t damage_count)
{
    uint64_t before = damaged->f.recorder->damage_count;
    const HaeOtlp__Metric *metric;
    struct collection collection;

    collect(&damaged->f, &collection);
    metric = find_metric(&collection, "damaged");
    assert_int_equal(metric != NULL ? metric->histogram->n_data_points : 0, series_count);
    assert_int_equal(int_total(&collection, "whole"), SERIES);
    assert_int_equal(damaged->f.recorder->damage_count - before, damage_count);
    collection_free(&collection);
}

/* Writes over a field, looks, and makes it whole again. */
#define DAMAGE(damaged, type, field, value, series_left)                                           \
    do {                                                                                           \
        type kept_ = (field);                                                                      \
        (field) = (type)(value);                                                                   \
        collected(damaged, series_left, 1);                                                        \
        (field) = kept_;                                                                           \
        collected(damaged, SERIES, 0);                                                             \
    } while (0)

static void stream_that_is_not_as_it_was_made_is_left_out(void **state)
{
    struct damaged damaged;
    struct hae_stream_data *data;

    (void)state;
    begin(&damaged);
    data = damaged.stream->data;
    DAMAGE(&damaged, uint32_t, data->boundary_count, data->boundary_count - 1, 0);
    DAMAGE(&damaged, uint32_t, data->boundaries, data->boundaries + 1, 0);
    DAMAGE(&damaged, uint8_t, data->number_type, HAETAE_NUMBER_INT64, 0);
    DAMAGE(&damaged, uint8_t, data->aggregation, HAE_AGGREGATION_SUM, 0);
    DAMAGE(&damaged, uint8_t, data->kind, HAE_INSTRUMENT_KIND_COUNT, 0);
    DAMAGE(&damaged, uint32_t, data->fields_size_bytes, HAE_METRIC_FIELDS_MAX_BYTES + 1, 0);
    fixture_done(&damaged.f);
}

/* The list of series ends at one that is not whole. */
static void series_that_leads_out_of_the_memory_ends_its_list(void **state)
{
    struct damaged damaged;
    struct hae_series *newest;

    (void)state;
    begin(&damaged);
    newest = damaged.newest;
    DAMAGE(&damaged, uint16_t, newest->group_count, HAE_LANES_MAX / HAE_LANES_PER_GROUP + 1, 0);
    DAMAGE(&damaged, uint32_t, newest->attributes_size_bytes, HAE_METRIC_ATTRIBUTES_SIZE_MAX + 1,
           0);
    DAMAGE(&damaged, uint32_t, newest->attributes, UINT32_MAX, 0);
    DAMAGE(&damaged, uint32_t, newest->shared, UINT32_MAX, 0);
    DAMAGE(&damaged, uint32_t, newest->next, UINT32_MAX, 1);
    fixture_done(&damaged.f);
}

static void cells_of_lanes_that_lead_out_of_the_memory_end_the_list(void **state)
{
    struct damaged damaged;
    _Atomic uint32_t *group;

    (void)state;
    begin(&damaged);
    assert_true(damaged.newest->group_count >= 1);
    group = hae_ref_at(damaged.stream->region, damaged.newest->groups[0]);
    DAMAGE(&damaged, uint32_t, damaged.newest->groups[0], UINT32_MAX, 0);
    DAMAGE(&damaged, uint32_t, group[0], UINT32_MAX, 0);
    fixture_done(&damaged.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stream_that_is_not_as_it_was_made_is_left_out),
        cmocka_unit_test(series_that_leads_out_of_the_memory_ends_its_list),
        cmocka_unit_test(cells_of_lanes_that_lead_out_of_the_memory_end_the_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
