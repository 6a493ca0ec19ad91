/* SPDX-License-Identifier: Apache-2.0 */
/* Where everything lies in a region: a file that one build of the library leaves is read by
 * another build of the same version.
 *
 * When this test fails after a change of a struct, raise HAE_REGION_VERSION, bring `golden`
 * up to date (the test prints the new table) and add a line to `versions`. Lines of `versions`
 * never change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "metrics/layout_mark.h"
#include "recovery/mark.h"
#include "trace/span_slot.h"

/* Every layout that files were made with since there is a mark. */
static const struct {
    uint32_t version;
    uint64_t mark;
} versions[] = {
    {4, UINT64_C(0x529a3228d2d7273b)},  {5, UINT64_C(0xf4fc2e9600675a6e)},
    {6, UINT64_C(0x54b462440bc78525)},  {7, UINT64_C(0x5d45b839a90b4153)},
    {8, UINT64_C(0xdef2210eb675059a)},  {9, UINT64_C(0x687b58a1a3b85c57)},
    {10, UINT64_C(0x4e70b5bb8093e059)}, {11, UINT64_C(0x64ab8e8e72e32bf1)},
    {12, UINT64_C(0x16f42c22a67b7785)},
};

struct field {
    const char *type;
    const char *name;
    size_t offset;
    size_t size_bytes; /* 0: a last one without a size of its own */
};

static const struct field golden[] = {
    {"hae_counts", "published", 0, 32},
    {"hae_counts", "opened", 32, 8},
    {"hae_counts", "closed", 40, 8},
    {"hae_counts", "dropped", 48, 512},
    {"hae_clock", "sequence", 0, 4},
    {"hae_clock", "source", 4, 4},
    {"hae_clock", "base_tick", 8, 8},
    {"hae_clock", "base_unix_ns", 16, 8},
    {"hae_clock", "ns_per_tick_q32", 24, 8},
    {"hae_clock", "first_tick", 32, 8},
    {"hae_clock", "first_mono_ns", 40, 8},
    {"hae_clock", "first_suspended_ns", 48, 8},
    {"hae_region", "magic", 0, 8},
    {"hae_region", "version", 8, 4},
    {"hae_region", "lane_count", 12, 4},
    {"hae_region", "layout_mark", 16, 8},
    {"hae_region", "size_bytes", 24, 8},
    {"hae_region", "lanes_offset", 32, 8},
    {"hae_region", "lane_stride_bytes", 40, 8},
    {"hae_region", "ring_size_bytes", 48, 8},
    {"hae_region", "slots_offset", 56, 8},
    {"hae_region", "slot_count", 64, 8},
    {"hae_region", "heap_offset", 72, 8},
    {"hae_region", "heap_size_bytes", 80, 8},
    {"hae_region", "stored_offset", 88, 8},
    {"hae_region", "reserved", 96, 32},
    {"hae_region", "clock", 128, 56},
    {"hae_region", "lanes_owned", 256, 128},
    {"hae_region", "lanes_touched", 384, 4},
    {"hae_region", "slots_fresh", 512, 8},
    {"hae_region", "slots_free", 520, 8},
    {"hae_region", "handed_over", 640, 4},
    {"hae_region", "handed_over_count", 644, 4},
    {"hae_region", "shared", 648, 560},
    {"hae_region", "misuse", 1208, 128},
    {"hae_region", "heap_used_bytes", 1408, 8},
    {"hae_region", "scope_count", 1416, 4},
    {"hae_region", "series_table_length", 1420, 4},
    {"hae_region", "series_table_offset", 1424, 8},
    {"hae_region", "streams_first", 1432, 8},
    {"hae_region", "scope_offset", 1440, 8192},
    {"hae_record_header", "size_bytes", 0, 4},
    {"hae_record_header", "scope", 4, 2},
    {"hae_record_header", "signal", 6, 1},
    {"hae_record_header", "reserved", 7, 1},
    {"hae_lane", "tail", 0, 8},
    {"hae_lane", "cached_head", 8, 8},
    {"hae_lane", "free_slots", 16, 4},
    {"hae_lane", "free_slot_count", 20, 2},
    {"hae_lane", "index", 22, 2},
    {"hae_lane", "metrics_offset", 24, 8},
    {"hae_lane", "ending", 32, 8},
    {"hae_lane", "borrowed", 40, 4},
    {"hae_lane", "calls", 44, 4},
    {"hae_lane", "counts", 48, 560},
    {"hae_lane", "identity_slots", 608, 16},
    {"hae_lane", "head", 640, 8},
    {"hae_lane", "populated_bytes", 648, 8},
    {"hae_lane", "idle_round", 656, 4},
    {"hae_lane", "ring", 768, 0},
    {"hae_slot", "state", 0, 8},
    {"hae_slot", "next", 8, 4},
    {"hae_slot", "chain", 12, 4},
    {"hae_slot", "scope", 16, 4},
    {"hae_slot", "used", 20, 2},
    {"hae_slot", "signal", 22, 1},
    {"hae_slot", "reserved", 23, 1},
    {"hae_slot", "end_unix_ns", 24, 8},
    {"hae_slot", "identity", 32, 32},
    {"hae_slot", "data", 64, 448},
    {"hae_scope", "scope_size_bytes", 0, 4},
    {"hae_scope", "schema_url_size_bytes", 4, 4},
    {"hae_scope", "bytes", 8, 0},
    {"hae_stored_journal", "offset", 0, 8},
    {"hae_stored_journal", "size_bytes", 8, 8},
    {"hae_stored_journal", "head", 16, 8},
    {"hae_stored_journal", "tail", 24, 8},
    {"hae_journal_entry", "size_bytes", 0, 4},
    {"hae_journal_entry", "scope", 4, 2},
    {"hae_journal_entry", "filler", 6, 1},
    {"hae_journal_entry", "settled", 7, 1},
    {"hae_journal_entry", "position", 8, 8},
    {"hae_journal_entry", "source", 16, 4},
    {"hae_journal_entry", "reserved", 20, 4},
    {"hae_stored", "file_size_bytes", 0, 8},
    {"hae_stored", "resource_offset", 8, 8},
    {"hae_stored", "resource_size_bytes", 16, 8},
    {"hae_stored", "pid", 24, 4},
    {"hae_stored", "metrics_settled", 28, 4},
    {"hae_stored", "last_known_unix_ns", 32, 8},
    {"hae_stored", "journals", 40, 128},
    {"hae_stored", "recovered", 168, 32},
    {"hae_stored", "dropped", 200, 512},
    {"hae_stored", "signals_unwanted", 712, 4},
    {"hae_stored", "redacted", 716, 4},
    {"hae_stored", "schema_url_size_bytes", 720, 8},
    {"hae_stored", "reserved", 728, 48},
    {"hae_span_head", "parent_span_id", 0, 8},
    {"hae_span_head", "start_unix_ns", 8, 8},
    {"hae_span_head", "start_tick", 16, 8},
    {"hae_span_head", "last_slot", 24, 4},
    {"hae_span_head", "size_bytes", 28, 4},
    {"hae_span_head", "key_filter", 32, 8},
    {"hae_span_head", "attribute_count", 40, 4},
    {"hae_span_head", "event_count", 44, 4},
    {"hae_span_head", "link_count", 48, 4},
    {"hae_span_head", "dropped_attribute_count", 52, 4},
    {"hae_span_head", "dropped_event_count", 56, 4},
    {"hae_span_head", "dropped_link_count", 60, 4},
    {"hae_span_head", "status_code", 64, 1},
    {"hae_span_head", "kind", 65, 1},
    {"hae_span_head", "parent_is_remote", 66, 1},
    {"hae_span_head", "reserved", 67, 13},
    {"hae_stream_data", "next", 0, 8},
    {"hae_stream_data", "scope", 8, 2},
    {"hae_stream_data", "kind", 10, 1},
    {"hae_stream_data", "number_type", 11, 1},
    {"hae_stream_data", "series_limit", 12, 4},
    {"hae_stream_data", "boundary_count", 16, 4},
    {"hae_stream_data", "boundaries", 20, 4},
    {"hae_stream_data", "overflow", 24, 4},
    {"hae_stream_data", "fields_size_bytes", 28, 4},
    {"hae_stream_data", "series", 32, 8},
    {"hae_stream_data", "series_tabled", 40, 4},
    {"hae_stream_data", "aggregation", 44, 1},
    {"hae_stream_data", "omits_extremes", 45, 1},
    {"hae_stream_data", "max_scale", 46, 1},
    {"hae_stream_data", "only_pulled", 47, 1},
    {"hae_stream_data", "max_size", 48, 2},
    {"hae_stream_data", "reserved", 50, 6},
    {"hae_stream_data", "zero_threshold", 56, 8},
    {"hae_stream_data", "fields", 64, 0},
    {"hae_series", "hash", 0, 8},
    {"hae_series", "next", 8, 4},
    {"hae_series", "table_next", 12, 4},
    {"hae_series", "stream", 16, 4},
    {"hae_series", "attribute_count", 20, 4},
    {"hae_series", "attributes", 24, 4},
    {"hae_series", "room", 28, 2},
    {"hae_series", "group_count", 30, 2},
    {"hae_series", "attributes_size_bytes", 32, 4},
    {"hae_series", "shared", 36, 4},
    {"hae_series", "kept", 40, 4},
    {"hae_series", "reservoir", 44, 4},
    {"hae_series", "use", 48, 4},
    {"hae_series", "life", 52, 4},
    {"hae_series", "start_unix_ns", 56, 8},
    {"hae_series", "groups", 64, 0},
    {"hae_plain_value", "shape", 0, 8},
    {"hae_plain_value", "first", 8, 8},
    {"hae_plain_value", "last", 16, 8},
    {"hae_kept_attribute", "plain", 0, 24},
    {"hae_kept_attribute", "key", 24, 2},
    {"hae_kept_attribute", "key_length", 26, 2},
    {"hae_kept_attribute", "value", 28, 2},
    {"hae_kept_attribute", "reserved", 30, 2},
    {"hae_number_cell", "word", 0, 16},
    {"hae_histogram_cell", "as", 0, 8},
    {"hae_histogram_cell", "sum", 8, 8},
    {"hae_histogram_cell", "minimum", 16, 8},
    {"hae_histogram_cell", "maximum", 24, 8},
    {"hae_histogram_cell", "buckets", 32, 0},
    {"hae_exponential_buckets", "range", 0, 16},
    {"hae_exponential_buckets", "counts", 16, 0},
    {"hae_exponential_head", "as", 0, 8},
    {"hae_exponential_head", "sum", 8, 8},
    {"hae_exponential_head", "minimum", 16, 8},
    {"hae_exponential_head", "maximum", 24, 8},
    {"hae_exponential_head", "zero_count", 32, 8},
    {"hae_exponential_cell", "head", 0, 40},
    {"hae_exponential_cell", "state", 40, 8},
    {"hae_exponential_cell", "scratch", 48, 8},
    {"hae_exponential_shared", "head", 0, 40},
    {"hae_exponential_shared", "newest", 40, 8},
    {"hae_exponential_shared", "spare", 48, 8},
    {"hae_exponential_shared", "coarse", 56, 32},
    {"hae_exponential_piece", "next", 0, 8},
    {"hae_exponential_piece", "scale_down", 8, 8},
    {"hae_lane_metrics", "free_offset", 0, 8},
    {"hae_lane_metrics", "free_size_bytes", 8, 8},
    {"hae_lane_metrics", "cache_mask", 16, 8},
    {"hae_lane_metrics", "scratch", 24, 8},
    {"hae_lane_metrics", "cache", 32, 0},
    {"hae_lane_series", "hash", 0, 8},
    {"hae_lane_series", "series", 8, 4},
    {"hae_lane_series", "cell", 12, 4},
};

/* The same as they are now. */
struct present {
    struct field field;
    size_t alignment;
    size_t type_size_bytes;
};
#define PRESENT(type, field)                                                                       \
    {{#type, #field, offsetof(struct type, field), sizeof(((struct type *)0)->field)},             \
     __alignof__(((struct type *)0)->field),                                                       \
     sizeof(struct type)},
#define PRESENT_LAST(type, field)                                                                  \
    {{#type, #field, offsetof(struct type, field), 0},                                             \
     __alignof__(((struct type *)0)->field),                                                       \
     sizeof(struct type)},
static const struct present present[] = {HAE_FORMAT_FIELDS(PRESENT, PRESENT_LAST) HAE_SPAN_FIELDS(
    PRESENT, PRESENT_LAST) HAE_METRICS_FIELDS(PRESENT, PRESENT_LAST)};

enum { PRESENT_COUNT = sizeof present / sizeof present[0] };

static bool same(const struct field *a, const struct field *b)
{
    return strcmp(a->type, b->type) == 0 && strcmp(a->name, b->name) == 0 &&
           a->offset == b->offset && a->size_bytes == b->size_bytes;
}

static void print_present(void)
{
    for (size_t i = 0; i < PRESENT_COUNT; i++) {
        const struct field *field = &present[i].field;

        print_message("    {\"%s\", \"%s\", %zu, %zu},\n", field->type, field->name, field->offset,
                      field->size_bytes);
    }
    print_message("    {%d, UINT64_C(0x%llx)},\n", HAE_REGION_VERSION,
                  (unsigned long long)hae_recovery_mark());
}

static void fields_lie_where_those_of_this_version_do(void **state)
{
    size_t count = sizeof golden / sizeof golden[0];
    bool all = count == PRESENT_COUNT;

    (void)state;
    for (size_t i = 0; all && i < count; i++) {
        all = same(&golden[i], &present[i].field);
        if (!all) {
            print_error("%s.%s is not where version %d has it\n", golden[i].type, golden[i].name,
                        HAE_REGION_VERSION);
        }
    }
    if (!all) {
        print_present();
    }
    assert_true(all);
}

static void a_version_has_one_layout_for_ever(void **state)
{
    size_t last = sizeof versions / sizeof versions[0] - 1;

    (void)state;
    for (size_t i = 0; i < last; i++) {
        assert_true(versions[i].version < versions[i + 1].version);
    }
    assert_int_equal(versions[last].version, HAE_REGION_VERSION);
    if (versions[last].mark != hae_recovery_mark()) {
        print_present();
    }
    assert_true(versions[last].mark == hae_recovery_mark());
}

/* No field of a struct is left out of the lists: each begins where the one before it ends, but
 * for what its alignment takes. */
static void lists_have_every_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < PRESENT_COUNT; i++) {
        const struct field *field = &present[i].field;
        bool is_first = i == 0 || strcmp(present[i - 1].field.type, field->type) != 0;
        bool is_last =
            i + 1 == PRESENT_COUNT || strcmp(present[i + 1].field.type, field->type) != 0;
        size_t before =
            is_first ? 0 : present[i - 1].field.offset + present[i - 1].field.size_bytes;
        size_t end = field->offset + field->size_bytes;

        if (field->offset < before || field->offset - before >= present[i].alignment) {
            fail_msg("something lies before %s.%s", field->type, field->name);
        }
        if (is_last && present[i].type_size_bytes - end >= HAE_CACHE_LINE) {
            fail_msg("something lies behind %s.%s", field->type, field->name);
        }
    }
}

/* The mark sees a field that moves, also where no size changes. */
static void mark_differs_when_a_field_moves_or_grows(void **state)
{
    static struct hae_format_field fields[PRESENT_COUNT];
    uint64_t mark;

    (void)state;
    for (size_t i = 0; i < PRESENT_COUNT; i++) {
        fields[i] = (struct hae_format_field){(uint32_t)present[i].field.offset,
                                              (uint32_t)present[i].field.size_bytes};
    }
    mark = hae_format_mark_add(0, fields, PRESENT_COUNT);
    assert_true(mark == hae_recovery_mark());
    for (size_t i = 0; i < PRESENT_COUNT; i++) {
        fields[i].offset += 8;
        assert_true(hae_format_mark_add(0, fields, PRESENT_COUNT) != mark);
        fields[i].offset -= 8;
        fields[i].size_bytes += 8;
        assert_true(hae_format_mark_add(0, fields, PRESENT_COUNT) != mark);
        fields[i].size_bytes -= 8;
    }
    assert_true(hae_format_mark_add(0, fields, PRESENT_COUNT - 1) != mark);
}

/* One more signal, reason or cause changes nothing in a region. */
static void counters_have_room_to_grow(void **state)
{
    (void)state;
    assert_int_equal(HAE_SIGNAL_ROOM, 4);
    assert_int_equal(HAE_DROP_ROOM, 16);
    assert_int_equal(HAE_MISUSE_ROOM, 16);
    assert_true(HAETAE_SIGNAL_COUNT < HAE_SIGNAL_ROOM);
    assert_true(HAETAE_DROP_COUNT < HAE_DROP_ROOM);
    assert_true(HAETAE_MISUSE_COUNT < HAE_MISUSE_ROOM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_lie_where_those_of_this_version_do),
        cmocka_unit_test(a_version_has_one_layout_for_ever),
        cmocka_unit_test(lists_have_every_field),
        cmocka_unit_test(mark_differs_when_a_field_moves_or_grows),
        cmocka_unit_test(counters_have_room_to_grow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
