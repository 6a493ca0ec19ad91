/* SPDX-License-Identifier: Apache-2.0 */
/* Cells by themselves: which bucket a value falls into, and where cells lie. */
#include "metrics/aggregation_histogram.h"

#include <math.h>
#include <stdlib.h>

#include "metrics/fixture.h"
#include "metrics/lane_cells.h"

/* As the specification puts it. */
static uint32_t plain_bucket_of(const double *boundaries, uint32_t count, double value)
{
    uint32_t bucket = 0;

    while (bucket < count && value > boundaries[bucket]) {
        bucket++;
    }
    return bucket;
}

static void check_value(const double *boundaries, uint32_t count, double value)
{
    assert_int_equal(hae_bucket_of(boundaries, count, value),
                     plain_bucket_of(boundaries, count, value));
}

static void every_value_falls_into_its_bucket_for_every_count_of_boundaries(void **state)
{
    (void)state;
    for (uint32_t count = 0; count <= HAETAE_BOUNDARIES_MAX; count++) {
        double boundaries[HAETAE_BOUNDARIES_MAX + HAE_BOUNDARY_BLOCK];

        for (uint32_t i = 0; i < HAETAE_BOUNDARIES_MAX + HAE_BOUNDARY_BLOCK; i++) {
            boundaries[i] = i < count ? (double)i * 1.5 - 20 : INFINITY;
        }
        check_value(boundaries, count, INFINITY);
        check_value(boundaries, count, -INFINITY);
        check_value(boundaries, count, -0.0);
        for (uint32_t i = 0; i < count; i++) {
            check_value(boundaries, count, boundaries[i]);
            check_value(boundaries, count, nextafter(boundaries[i], INFINITY));
            check_value(boundaries, count, nextafter(boundaries[i], -INFINITY));
        }
    }
}

/* Marks the cache lines of all cells of one series by lane. */
static void cells_of_different_lanes_share_no_cache_line(void **state)
{
    enum { LANES = 4, SERIES = 40 };
    struct fixture f;
    uint64_t lines[LANES][SERIES];

    (void)state;
    fixture_init(&f, LANES);
    haetae_counter *counter = make_counter(&f, "c", HAETAE_NUMBER_INT64);
    for (uint32_t lane = 0; lane < LANES; lane++) {
        for (int i = 0; i < SERIES; i++) {
            haetae_bound_counter *bound = NULL;
            struct hae_lane *owned = hae_lane_at(f.recorder, lane);

            owned->index = (uint16_t)lane;
            assert_int_equal(
                haetae_counter_bind(counter, HAETAE_ATTRS(HAETAE_ATTR("i", i)), &bound), HAETAE_OK);
            uint64_t cell = hae_lane_cell(bound->bound.all[0].stream, owned, bound->bound.series);
            assert_true(cell != 0);
            lines[lane][i] = cell * 8 / HAE_CACHE_LINE;
        }
    }
    for (int i = 0; i < LANES * SERIES; i++) {
        for (int j = 0; j < LANES * SERIES; j++) {
            assert_true(i / SERIES == j / SERIES ||
                        lines[i / SERIES][i % SERIES] != lines[j / SERIES][j % SERIES]);
        }
    }
    fixture_done(&f);
}

/* The owner is stopped in the middle of a change, and for ever. */
static void collecting_does_not_wait_for_a_stopped_owner(void **state)
{
    struct fixture f;
    struct collection all;
    haetae_bound_histogram *bound = NULL;

    (void)state;
    fixture_init(&f, 2);
    haetae_histogram *histogram = make_histogram(&f, "h", HAETAE_NUMBER_DOUBLE);
    assert_int_equal(haetae_histogram_bind(histogram, NULL, 0, &bound), HAETAE_OK);
    haetae_bound_histogram_record_double(bound, 3);
    haetae_bound_histogram_record_double(bound, 5);
    struct hae_entry entry = hae_enter(f.recorder);
    struct hae_histogram_cell *cell =
        hae_ref_at(f.recorder->region,
                   hae_lane_cell(bound->bound.all[0].stream, entry.lane, bound->bound.series));
    hae_leave(entry);
    atomic_fetch_add(&cell->as.sequence, 1);
    collect(&f, &all);
    assert_int_equal(find_histogram(&all, "h", "")->count, 2);
    assert_true(find_histogram(&all, "h", "")->sum == 8);
    collection_done(&all, &f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_falls_into_its_bucket_for_every_count_of_boundaries),
        cmocka_unit_test(cells_of_different_lanes_share_no_cache_line),
        cmocka_unit_test(collecting_does_not_wait_for_a_stopped_owner),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
