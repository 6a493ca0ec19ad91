/* SPDX-License-Identifier: Apache-2.0 */
/* Compares spans that were recorded in several ways, byte by byte. */
#ifndef HAETAE_TESTS_TRACE_WAYS_H
#define HAETAE_TESTS_TRACE_WAYS_H

#include "support/core_attributes.h"
#include "trace/trace_test.h"

/* Offsets of the fields that differ between spans: ids and times. */
enum { TRACE_ID_AT = 2, SPAN_ID_AT = 20, START_AT = 31, END_AT = 40 };

static inline void ways_set_limits(struct hae_limits *limits, uint64_t *random)
{
    limits->count = core_below(random, 4) == 0 ? (uint32_t)core_below(random, 8) : 128;
    limits->value.length = core_below(random, 4) == 0 ? core_below(random, 40) : HAE_NO_LIMIT;
}

/* Drains the span that was ended, without ids and times. The caller frees the bytes with free(). */
static inline struct core_record ways_take_ended(struct core_fixture *core)
{
    struct core_record record;

    assert_true(core_drain(core));
    assert_int_equal(core->record_count, 1);
    record = core->records[0];
    record.data = malloc(record.size_bytes);
    assert_non_null(record.data);
    memcpy(record.data, core->records[0].data, record.size_bytes);
    core_forget(core);
    memset(record.data + TRACE_ID_AT, 0, 16);
    memset(record.data + SPAN_ID_AT, 0, 8);
    memset(record.data + START_AT, 0, 8);
    memset(record.data + END_AT, 0, 8);
    return record;
}

static inline struct core_record ways_take(struct core_fixture *core, haetae_span span)
{
    haetae_span_end(span);
    return ways_take_ended(core);
}

static inline void ways_check_same(struct core_record a, struct core_record b)
{
    assert_int_equal(a.size_bytes, b.size_bytes);
    assert_memory_equal(a.data, b.data, a.size_bytes);
}

#endif
