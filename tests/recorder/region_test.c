/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/region.h"

#include "base/bytes.h"
#include "recorder/lane.h"
#include "recorder/slot.h"
#include "support/core_fixture.h"

#define KIB UINT64_C(1024)
#define MIB (UINT64_C(1024) * 1024)
#define GIB (UINT64_C(1024) * 1024 * 1024)

/* Checks the layout of a region: its parts are in order, do not overlap, and are within its size.
 */
static void check_layout(const struct hae_region *region, uint64_t size)
{
    uint64_t lanes_end = region->lanes_offset + region->lane_count * region->lane_stride_bytes;
    uint64_t slots_end = region->slots_offset + region->slot_count * HAE_SLOT_SIZE;

    assert_int_equal(region->size_bytes, size);
    assert_true(region->lanes_offset >= sizeof *region);
    assert_int_equal(region->lanes_offset % HAE_CACHE_LINE, 0);
    assert_int_equal(region->lane_stride_bytes % HAE_CACHE_LINE, 0);
    assert_true(region->lane_stride_bytes >= sizeof(struct hae_lane) + region->ring_size_bytes);
    assert_int_equal(region->ring_size_bytes & (region->ring_size_bytes - 1), 0);
    assert_true(region->ring_size_bytes >= 4096);
    assert_true(region->slots_offset >= lanes_end);
    assert_true(region->slot_count > 16);
    assert_true(region->slot_count <= HAE_SLOT_INDEX_MAX);
    assert_true(region->heap_offset >= slots_end);
    assert_int_equal(region->heap_offset % HAE_CACHE_LINE, 0);
    assert_true(region->heap_size_bytes >= 16 * KIB);
    assert_true(region->heap_offset + region->heap_size_bytes <= size);
}

static void check_size(uint64_t size, uint32_t lane_count)
{
    struct hae_region_plan plan;
    struct hae_region *region;

    assert_int_equal(hae_region_plan(size, lane_count, &plan), HAETAE_OK);
    assert_true(lane_count == 0 || plan.lane_count == lane_count);
    assert_true(plan.lane_count >= 1 && plan.lane_count <= HAE_LANES_MAX);
    assert_int_equal(plan.size_bytes, size);
    if (size > SIZE_MAX) {
        assert_int_equal(hae_region_map(&plan, &region), HAETAE_ENOMEM);
        return;
    }
    assert_int_equal(hae_region_map(&plan, &region), HAETAE_OK);
    check_layout(region, size);
    hae_region_unmap(region);
}

static void region_stays_within_every_size(void **state)
{
    static const uint64_t sizes[] = {256 * KIB,     256 * KIB + 1, 300001,  1 * MIB,
                                     1 * MIB + 777, 3 * MIB - 1,   7777777, 16 * MIB,
                                     100 * MIB + 3, 1 * GIB,       4 * GIB, 4 * GIB + 16 * MIB};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        check_size(sizes[i], 0);
    }
    for (uint64_t size = HAE_REGION_SIZE_MIN; size < 3 * MIB; size += 4999) {
        check_size(size, 0);
    }
}

static void region_takes_every_possible_lane_count(void **state)
{
    struct hae_region_plan plan;
    uint32_t most = 0;

    (void)state;
    for (uint32_t lanes = 1; lanes <= HAE_LANES_MAX; lanes++) {
        check_size(16 * MIB, lanes);
    }
    for (uint32_t lanes = 1; lanes <= HAE_LANES_MAX; lanes++) {
        if (hae_region_plan(HAE_REGION_SIZE_MIN, lanes, &plan) == HAETAE_OK) {
            assert_int_equal(most, lanes - 1); /* no holes */
            most = lanes;
            check_size(HAE_REGION_SIZE_MIN, lanes);
        }
    }
    assert_true(most >= 16 && most < HAE_LANES_MAX);
}

static void region_refuses_what_is_too_small_or_invalid(void **state)
{
    struct hae_region_plan plan = {.size_bytes = 42};
    struct hae_region *region = NULL;

    (void)state;
    assert_int_equal(hae_region_plan(HAE_REGION_SIZE_MIN - 1, 0, &plan), HAETAE_EINVAL);
    assert_int_equal(hae_region_plan(0, 0, &plan), HAETAE_EINVAL);
    assert_int_equal(hae_region_plan(HAE_REGION_SIZE_MIN, HAE_LANES_MAX, &plan), HAETAE_EINVAL);
    assert_int_equal(hae_region_plan(4 * GIB, HAE_LANES_MAX + 1, &plan), HAETAE_EINVAL);
    assert_int_equal(hae_region_plan(4 * GIB, UINT32_MAX, &plan), HAETAE_EINVAL);
    assert_int_equal(plan.size_bytes, 42); /* untouched */
    assert_int_equal(hae_region_plan(UINT64_MAX, 0, &plan), HAETAE_OK);
    assert_int_equal(hae_region_map(&plan, &region), HAETAE_ENOMEM);
    assert_null(region);
    hae_region_unmap(NULL);
}

static void default_region_has_lanes_and_slots_enough(void **state)
{
    struct hae_region_plan plan;

    (void)state;
    assert_int_equal(hae_region_plan(16 * MIB, 0, &plan), HAETAE_OK);
    assert_int_equal(plan.lane_count, 32);
    assert_true(plan.ring_size_bytes >= 128 * KIB);
    assert_true(plan.slot_count >= 8192);
}

/* ---- The heap ------------------------------------------------------------------- */

static struct hae_region *map(uint64_t size)
{
    struct hae_region_plan plan;
    struct hae_region *region;

    assert_int_equal(hae_region_plan(size, 0, &plan), HAETAE_OK);
    assert_int_equal(hae_region_map(&plan, &region), HAETAE_OK);
    return region;
}

static void heap_pieces_lie_apart_and_aligned(void **state)
{
    struct hae_region *region = map(300001);
    uint64_t last_end = region->heap_offset;
    uint64_t offset;

    (void)state;
    for (uint64_t size = 1;; size = size * 3 % 997 + 1) {
        bool lines = size % 2 == 0;

        offset = lines ? hae_region_alloc_below(region, size, HAE_CACHE_LINE, UINT64_MAX)
                       : hae_region_alloc(region, size);
        if (offset == 0) {
            break;
        }
        assert_int_equal(offset % (lines ? HAE_CACHE_LINE : 8), 0);
        assert_true(offset >= last_end);
        last_end = offset + size;
        assert_true(last_end <= region->size_bytes);
        for (uint64_t i = 0; i < size; i++) {
            assert_int_equal(((uint8_t *)hae_region_at(region, offset))[i], 0);
        }
        memset(hae_region_at(region, offset), 0xFF, (size_t)size);
    }
    assert_true(last_end > region->size_bytes - 2048);
    hae_region_unmap(region);
}

static void heap_refuses_what_does_not_fit(void **state)
{
    struct hae_region *region = map(HAE_REGION_SIZE_MIN);
    uint64_t left;

    (void)state;
    assert_int_equal(hae_region_alloc(region, region->heap_size_bytes + 1), 0);
    assert_int_equal(hae_region_alloc(region, UINT64_MAX), 0);
    assert_int_equal(hae_region_alloc(region, UINT64_MAX - 6), 0);
    assert_int_equal(hae_region_alloc_below(region, UINT64_MAX, HAE_CACHE_LINE, UINT64_MAX), 0);
    assert_int_not_equal(hae_region_alloc(region, 8), 0);
    left = region->heap_size_bytes - 8;
    assert_int_equal(hae_region_alloc(region, left + 1), 0);
    assert_int_not_equal(hae_region_alloc(region, left), 0);
    assert_int_equal(hae_region_alloc(region, 1), 0);
    hae_region_unmap(region);
}

enum { ALLOCATING_THREADS = 4, PIECE = 24 };

struct heap_race {
    struct hae_region *region;
    uint64_t count[ALLOCATING_THREADS];
};

static void allocate(void *argument, unsigned number)
{
    struct heap_race *race = argument;
    uint64_t offset;

    while ((offset = hae_region_alloc(race->region, PIECE)) != 0) {
        uint8_t *piece = hae_region_at(race->region, offset);

        for (int i = 0; i < PIECE; i++) {
            piece[i]++; /* ends as 1 when no other thread has the piece */
        }
        race->count[number]++;
    }
}

static void heap_gives_no_byte_to_two_threads(void **state)
{
    struct heap_race race = {map(1 * MIB), {0}};
    const uint8_t *heap = hae_region_at(race.region, race.region->heap_offset);
    uint64_t count = 0;

    (void)state;
    core_run_threads(ALLOCATING_THREADS, allocate, &race);
    for (int i = 0; i < ALLOCATING_THREADS; i++) {
        count += race.count[i];
    }
    assert_int_equal(count, race.region->heap_size_bytes / PIECE);
    for (uint64_t i = 0; i < count * PIECE; i++) {
        assert_int_equal(heap[i], 1);
    }
    hae_region_unmap(race.region);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(region_stays_within_every_size),
        cmocka_unit_test(region_takes_every_possible_lane_count),
        cmocka_unit_test(region_refuses_what_is_too_small_or_invalid),
        cmocka_unit_test(default_region_has_lanes_and_slots_enough),
        cmocka_unit_test(heap_pieces_lie_apart_and_aligned),
        cmocka_unit_test(heap_refuses_what_does_not_fit),
        cmocka_unit_test(heap_gives_no_byte_to_two_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
