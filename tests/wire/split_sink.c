/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/split_sink.h"

static size_t size_of_area(const struct split_sink *split, size_t area)
{
    return area == 0 ? split->first_bytes : split->area_bytes;
}

static uint8_t *begin_of_area(struct split_sink *split, size_t area)
{
    size_t before =
        area == 0 ? 0 : split->first_bytes + (area - 1) * split->area_bytes + area * SPLIT_GAP;
    uint8_t *begin = split->memory + SPLIT_GAP + before;

    assert_true(begin + size_of_area(split, area) + SPLIT_GAP <= split->memory + SPLIT_MEMORY);
    return begin;
}

static void aim(struct split_sink *split)
{
    split->sink.at = begin_of_area(split, split->area);
    split->sink.end = split->sink.at + size_of_area(split, split->area);
}

static size_t written(struct split_sink *split)
{
    size_t sum = (size_t)(split->sink.at - begin_of_area(split, split->area));

    for (size_t area = 0; area < split->area; area++) {
        sum += size_of_area(split, area);
    }
    return sum;
}

static bool reserve(struct hae_sink *sink, size_t size_bytes)
{
    struct split_sink *split = (struct split_sink *)(void *)sink;
    size_t room = hae_sink_room(sink);

    assert_true(size_bytes > room); /* else the call was not needed */
    if (size_bytes > split->limit_bytes || written(split) + size_bytes > split->limit_bytes) {
        return false;
    }
    for (size_t area = split->area + 1; room < size_bytes; area++) {
        room += split->area_bytes;
        split->promised_areas = area > split->promised_areas ? area : split->promised_areas;
    }
    return true;
}

static void next(struct hae_sink *sink)
{
    struct split_sink *split = (struct split_sink *)(void *)sink;

    assert_int_equal(hae_sink_room(sink), 0);
    assert_true(split->area < split->promised_areas); /* nothing is written without a reservation */
    split->area++;
    aim(split);
}

void split_begin(struct split_sink *split, size_t first_bytes, size_t area_bytes,
                 size_t limit_bytes)
{
    memset(split, 0, offsetof(struct split_sink, memory));
    memset(split->memory, SPLIT_GAP_BYTE, sizeof split->memory);
    split->first_bytes = first_bytes;
    split->area_bytes = area_bytes;
    split->limit_bytes = limit_bytes;
    split->sink.reserve = reserve;
    split->sink.next = next;
    aim(split);
}

static void check_gap(const uint8_t *gap)
{
    for (int i = 0; i < SPLIT_GAP; i++) {
        assert_int_equal(gap[i], SPLIT_GAP_BYTE);
    }
}

size_t split_end(struct split_sink *split, uint8_t *to, size_t capacity)
{
    size_t size = 0;

    assert_true(written(split) <= capacity);
    check_gap(split->memory);
    for (size_t area = 0; area <= split->area; area++) {
        uint8_t *begin = begin_of_area(split, area);
        uint8_t *end = begin + size_of_area(split, area);
        size_t part = (size_t)((area == split->area ? split->sink.at : end) - begin);

        memcpy(to + size, begin, part);
        size += part;
        check_gap(end);
    }
    return size;
}
