/* SPDX-License-Identifier: Apache-2.0 */
/* Common names and attributes have a fast path into a span. All others take the general path.
 * Both paths must write the same bytes. */
#include "recorder/open_record.h"
#include "support/core_attributes.h"
#include "trace/span_fields.h"
#include "trace/trace_test.h"

/* Offsets of the fields that differ between spans: ids and times. */
enum { TRACE_ID_AT = 2, SPAN_ID_AT = 20, START_AT = 31, END_AT = 40 };

static void set_limits(struct hae_limits *limits, uint64_t *random)
{
    limits->count = core_below(random, 4) == 0 ? (uint32_t)core_below(random, 8) : 128;
    limits->value.length = core_below(random, 4) == 0 ? core_below(random, 40) : HAE_NO_LIMIT;
}

/* Ends the span and drains it, without ids and times. The caller frees the bytes with free(). */
static struct core_record take(struct core_fixture *core, haetae_span span)
{
    struct core_record record;

    haetae_span_end(span);
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

/* Sets all attributes in one call, or in several calls. */
static void set(haetae_span span, struct core_attributes *attributes)
{
    size_t parts = 1 + core_below(&attributes->random, 3);
    size_t done = 0;

    while (done < attributes->count) {
        size_t part = parts == 1 ? attributes->count - done
                                 : 1 + core_below(&attributes->random, attributes->count - done);

        haetae_span_set_attributes(span, attributes->list + done, part);
        done += part;
    }
}

/* Adds all attributes by the general path. */
static void set_generally(struct core_fixture *core, haetae_span span,
                          const struct core_attributes *attributes)
{
    bool contended;
    uint32_t slot = hae_open_acquire(core->recorder, span, &contended);

    assert_int_not_equal(slot, 0);
    hae_span_put_other_attributes(core->recorder, slot, attributes->list, attributes->count);
    hae_open_release(core->recorder, span);
}

static void check_same(struct core_record a, struct core_record b)
{
    assert_int_equal(a.size_bytes, b.size_bytes);
    assert_memory_equal(a.data, b.data, a.size_bytes);
}

static void both_paths_of_attributes_write_the_same(void **state)
{
    static struct core_attributes attributes;
    static char memory[CORE_TEXT_MAX];
    struct core_fixture *core = *state;
    uint64_t *random = &attributes.random;

    for (unsigned i = 0; i < core_repeat(20000); i++) {
        haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
        haetae_string name = core_text(random, memory);
        struct core_record general;
        struct core_record set_later;
        struct core_record given;
        haetae_span span;

        set_limits(&core->traces.limits.attributes, random);
        core_attributes_next(&attributes);
        span = haetae_span_start(core->tracer, name.data, name.length, HAETAE_SPAN_KIND_CLIENT);
        set_generally(core, span, &attributes);
        general = take(core, span);
        span = haetae_span_start(core->tracer, name.data, name.length, HAETAE_SPAN_KIND_CLIENT);
        set(span, &attributes);
        set_later = take(core, span);
        options.kind = HAETAE_SPAN_KIND_CLIENT;
        options.attributes = attributes.list;
        options.attribute_count = attributes.count;
        given = take(core, haetae_span_start_with(core->tracer, name.data, name.length, &options));
        check_same(set_later, general);
        check_same(given, general);
        free(general.data);
        free(set_later.data);
        free(given.data);
    }
}

/* The span has another name first: updating it takes the general path. */
static void both_paths_of_a_name_write_the_same(void **state)
{
    static char memory[CORE_TEXT_MAX];
    struct core_fixture *core = *state;
    uint64_t random = 1;

    for (unsigned i = 0; i < core_repeat(20000); i++) {
        haetae_string name = core_text(&random, memory);
        haetae_span span =
            haetae_span_start(core->tracer, name.data, name.length, HAETAE_SPAN_KIND_CLIENT);
        struct core_record started = take(core, span);
        struct core_record renamed;

        span = haetae_span_start(core->tracer, HAETAE_TEXT("first"), HAETAE_SPAN_KIND_CLIENT);
        haetae_span_update_name(span, name.data, name.length);
        renamed = take(core, span);
        check_same(started, renamed);
        free(started.data);
        free(renamed.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TRACE_TEST(both_paths_of_attributes_write_the_same),
                                       TRACE_TEST(both_paths_of_a_name_write_the_same)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
