/* SPDX-License-Identifier: Apache-2.0 */
/* Common names and attributes have a fast path into a span. All others take the general path.
 * Both paths must write the same bytes. */
#include "recorder/open_record.h"
#include "support/core_attributes.h"
#include "trace/span_fields.h"
#include "trace/ways.h"

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

/* Bracket a change by the general path. */
static void begin_generally(struct core_fixture *core, haetae_span span, struct hae_fields *fields)
{
    bool contended;
    uint32_t slot = hae_open_acquire(core->recorder, span, &contended);

    assert_int_not_equal(slot, 0);
    hae_fields_begin(fields, core->recorder, slot);
}

static void end_generally(struct core_fixture *core, haetae_span span, struct hae_fields *fields)
{
    hae_fields_end(fields);
    hae_open_release(core->recorder, span);
}

/* Adds all attributes by the general path. */
static void set_generally(struct core_fixture *core, haetae_span span,
                          const struct core_attributes *attributes)
{
    struct hae_fields fields;

    begin_generally(core, span, &fields);
    hae_fields_attributes(&fields, attributes->list, attributes->count);
    end_generally(core, span, &fields);
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
        struct core_record with_the_end;
        haetae_span span;

        ways_set_limits(&core->traces.limits.attributes, random);
        core_attributes_next(&attributes);
        span = haetae_span_start(core->tracer, name.data, name.length, HAETAE_SPAN_KIND_CLIENT);
        set_generally(core, span, &attributes);
        general = ways_take(core, span);
        span = haetae_span_start(core->tracer, name.data, name.length, HAETAE_SPAN_KIND_CLIENT);
        set(span, &attributes);
        set_later = ways_take(core, span);
        options.kind = HAETAE_SPAN_KIND_CLIENT;
        options.attributes = attributes.list;
        options.attribute_count = attributes.count;
        given =
            ways_take(core, haetae_span_start_with(core->tracer, name.data, name.length, &options));
        span = haetae_span_start(core->tracer, name.data, name.length, HAETAE_SPAN_KIND_CLIENT);
        haetae_span_end_with(span, attributes.list, attributes.count);
        with_the_end = ways_take_ended(core);
        ways_check_same(set_later, general);
        ways_check_same(given, general);
        ways_check_same(with_the_end, general);
        free(with_the_end.data);
        free(general.data);
        free(set_later.data);
        free(given.data);
    }
}

static void a_name_at_the_start_and_a_later_one_are_written_the_same(void **state)
{
    static char memory[CORE_TEXT_MAX];
    struct core_fixture *core = *state;
    uint64_t random = 1;

    for (unsigned i = 0; i < core_repeat(20000); i++) {
        haetae_string name = core_text(&random, memory);
        haetae_span span =
            haetae_span_start(core->tracer, name.data, name.length, HAETAE_SPAN_KIND_CLIENT);
        struct core_record started = ways_take(core, span);
        struct core_record renamed;

        span = haetae_span_start(core->tracer, HAETAE_TEXT("first"), HAETAE_SPAN_KIND_CLIENT);
        haetae_span_update_name(span, name.data, name.length);
        renamed = ways_take(core, span);
        ways_check_same(started, renamed);
        free(started.data);
        free(renamed.data);
    }
}

/* Names, before attributes and after them, and attributes that were there before. */
struct again {
    struct core_attributes first;
    struct core_attributes second;
    haetae_string names[3];
    char texts[3][CORE_TEXT_MAX];
};

static void next_again(struct again *again)
{
    core_attributes_next(&again->first);
    core_attributes_next(&again->second);
    for (int i = 0; i < 3; i++) {
        again->names[i] = core_text(&again->first.random, again->texts[i]);
    }
    for (size_t i = 0; i < again->second.count && again->first.count != 0; i++) {
        if (core_below(&again->first.random, 2) == 0) {
            again->second.list[i].key =
                again->first.list[core_below(&again->first.random, again->first.count)].key;
        }
    }
}

static struct core_record again_by_calls(struct core_fixture *core, struct again *again)
{
    haetae_span span = haetae_span_start(core->tracer, again->names[0].data, again->names[0].length,
                                         HAETAE_SPAN_KIND_CLIENT);

    haetae_span_set_attributes(span, again->first.list, again->first.count);
    for (int i = 1; i < 3; i++) {
        haetae_span_update_name(span, again->names[i].data, again->names[i].length);
    }
    set(span, &again->second);
    return ways_take(core, span);
}

static struct core_record again_generally(struct core_fixture *core, const struct again *again)
{
    haetae_span span = haetae_span_start(core->tracer, again->names[0].data, again->names[0].length,
                                         HAETAE_SPAN_KIND_CLIENT);
    struct hae_fields fields;

    set_generally(core, span, &again->first);
    for (int i = 1; i < 3; i++) {
        begin_generally(core, span, &fields);
        (void)hae_fields_name(&fields, again->names[i]);
        end_generally(core, span, &fields);
    }
    set_generally(core, span, &again->second);
    return ways_take(core, span);
}

static void both_paths_set_the_same_again(void **state)
{
    static struct again again = {.first.random = 5, .second.random = 7};
    struct core_fixture *core = *state;

    for (unsigned i = 0; i < core_repeat(20000); i++) {
        struct core_record general;
        struct core_record usual;

        ways_set_limits(&core->traces.limits.attributes, &again.first.random);
        next_again(&again);
        general = again_generally(core, &again);
        usual = again_by_calls(core, &again);
        ways_check_same(usual, general);
        free(general.data);
        free(usual.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRACE_TEST(both_paths_of_attributes_write_the_same),
        TRACE_TEST(a_name_at_the_start_and_a_later_one_are_written_the_same),
        TRACE_TEST(both_paths_set_the_same_again)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
