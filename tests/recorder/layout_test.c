/* SPDX-License-Identifier: Apache-2.0 */
/* Addressing a region of unknown content: nothing outside of it is given out. */
#include "recorder/layout.h"

#include "recorder/region.h"
#include "support/core_fixture.h"

enum { SIZE_BYTES = 300 * 1024, LANES_USED = 2, SLOTS_USED = 9 };

static struct hae_region *map(void)
{
    struct hae_region_plan plan;
    struct hae_region *region;

    assert_int_equal(hae_region_plan(SIZE_BYTES, 3, &plan), HAETAE_OK);
    assert_int_equal(hae_region_map(&plan, &region), HAETAE_OK);
    atomic_store(&region->lanes_touched, LANES_USED);
    atomic_store(&region->slots_fresh, SLOTS_USED);
    return region;
}

static bool lies_in(const struct hae_region *region, const void *begin, uint64_t size_bytes)
{
    const uint8_t *memory = (const uint8_t *)region;
    const uint8_t *at = begin;

    return at >= memory && at + size_bytes <= memory + region->size_bytes;
}

static void lanes_and_slots_are_those_that_were_used(void **state)
{
    struct hae_region *region = map();
    struct hae_layout layout = hae_layout_of(region, region->size_bytes);

    (void)state;
    for (uint32_t i = 0; i < LANES_USED; i++) {
        assert_true(lies_in(region, hae_layout_lane(&layout, i), region->lane_stride_bytes));
    }
    assert_null(hae_layout_lane(&layout, LANES_USED));
    assert_null(hae_layout_lane(&layout, UINT32_MAX));
    assert_null(hae_layout_slot(&layout, 0));
    for (uint32_t i = 1; i < SLOTS_USED; i++) {
        assert_true(lies_in(region, hae_layout_slot(&layout, i), HAE_SLOT_SIZE));
    }
    assert_null(hae_layout_slot(&layout, SLOTS_USED));
    assert_null(hae_layout_slot(&layout, UINT32_MAX));
    hae_region_unmap(region);
}

static void counts_beyond_the_plan_are_cut(void **state)
{
    struct hae_region *region = map();
    struct hae_layout layout;

    (void)state;
    atomic_store(&region->lanes_touched, UINT32_MAX);
    atomic_store(&region->slots_fresh, UINT64_MAX);
    layout = hae_layout_of(region, region->size_bytes);
    assert_int_equal(layout.lane_count, 3);
    assert_int_equal(layout.slot_count, region->slot_count);
    assert_true(lies_in(region, hae_layout_lane(&layout, 2), region->lane_stride_bytes));
    assert_true(
        lies_in(region, hae_layout_slot(&layout, (uint32_t)region->slot_count - 1), HAE_SLOT_SIZE));
    hae_region_unmap(region);
}

static void bytes_lie_in_the_memory_and_are_aligned(void **state)
{
    struct hae_region *region = map();
    struct hae_layout layout = hae_layout_of(region, region->size_bytes);
    uint64_t size = region->size_bytes;

    (void)state;
    assert_ptr_equal(hae_layout_bytes(&layout, 0, size), region);
    assert_non_null(hae_layout_bytes(&layout, size, 0));
    assert_null(hae_layout_bytes(&layout, 0, size + 1));
    assert_null(hae_layout_bytes(&layout, size + 8, 0));
    assert_null(hae_layout_bytes(&layout, 8, size));
    assert_null(hae_layout_bytes(&layout, 8, UINT64_MAX));
    assert_null(hae_layout_bytes(&layout, UINT64_MAX - 7, 16));
    assert_null(hae_layout_bytes(&layout, 4, 8));
    hae_region_unmap(region);
}

static void the_heap_ends_where_the_header_says(void **state)
{
    struct hae_region *region = map();
    struct hae_layout layout = hae_layout_of(region, region->size_bytes);
    uint64_t begin = region->heap_offset;
    uint64_t size = region->heap_size_bytes;

    (void)state;
    assert_ptr_equal(hae_layout_heap(&layout, begin, size), hae_region_at(region, begin));
    assert_null(hae_layout_heap(&layout, begin - 8, 8));
    assert_null(hae_layout_heap(&layout, begin, size + 1));
    assert_null(hae_layout_heap(&layout, begin + 8, size));
    assert_null(hae_layout_heap(&layout, 0, 8));
    assert_null(hae_layout_heap(&layout, begin + 8, UINT64_MAX));
    assert_null(hae_layout_heap(&layout, begin + 1, 1));
    hae_region_unmap(region);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_and_slots_are_those_that_were_used),
        cmocka_unit_test(counts_beyond_the_plan_are_cut),
        cmocka_unit_test(bytes_lie_in_the_memory_and_are_aligned),
        cmocka_unit_test(the_heap_ends_where_the_header_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
