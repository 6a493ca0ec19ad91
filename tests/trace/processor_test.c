/* SPDX-License-Identifier: Apache-2.0 */
/* Span processors: when they are called, what they see, what they may change. */
#include "trace/processor.h"

#include "recorder/open_record.h"
#include "recorder/scope.h"
#include "trace/span_fields.h"
#include "trace/trace_test.h"

enum { CALLS_MAX = 128 };

/* What the processors of a test were called with, in order: "sA" is the start of the one named
 * A, "g" an ending, "e" an end. */
static struct {
    char calls[CALLS_MAX];
    size_t call_count;
    haetae_span_view started;
    haetae_span_view ended;
    haetae_item_origin origin;
    haetae_span_context parent; /* not valid for a root */
    haetae_context_key *key;    /* of a value of the parent context; NULL: none */
    void *value;
    uint8_t *bytes; /* the Span message in on_end */
    size_t size_bytes;
    struct core_fixture *core;
    bool touches_span;  /* in each callback, by the API */
    bool records_spans; /* in each callback */
} seen;

static void note(char what, const char *who)
{
    assert_true(seen.call_count + 2 < CALLS_MAX);
    seen.calls[seen.call_count++] = what;
    seen.calls[seen.call_count++] = who[0];
    if (seen.records_spans) {
        haetae_span_end(haetae_span_start(seen.core->tracer, HAETAE_TEXT("inner"), 1));
    }
}

static void on_start(void *user, const haetae_span_view *view, haetae_span_fields *fields,
                     const haetae_context *parent)
{
    haetae_attribute attribute = haetae_attribute_of(user, haetae_value_int64(1));

    seen.started = *view;
    (void)haetae_context_span_context(parent, &seen.parent);
    seen.value = haetae_context_value(parent, seen.key);
    haetae_span_fields_set_attributes(fields, &attribute, 1);
    if (seen.touches_span) {
        haetae_span_set_int64(view->span, HAETAE_TEXT("too early"), 1);
        haetae_span_end(view->span);
    }
    note('s', user);
}

static void on_ending(void *user, const haetae_span_view *view, haetae_span_fields *fields)
{
    haetae_attribute attribute = haetae_attribute_of("ending", haetae_value_text(user, 1));

    assert_true(view->end_time_unix_ns >= view->start_time_unix_ns);
    haetae_span_fields_set_attributes(fields, &attribute, 1);
    if (seen.touches_span) {
        haetae_span_set_int64(view->span, HAETAE_TEXT("too late"), 1);
    }
    note('g', user);
}

static void on_end(void *user, const haetae_span_view *view)
{
    seen.ended = *view;
    seen.origin = *view->origin;
    seen.bytes = realloc(seen.bytes, view->size_max_bytes);
    assert_non_null(seen.bytes);
    seen.size_bytes = haetae_span_view_encode(view, seen.bytes, view->size_max_bytes);
    assert_true(seen.size_bytes <= view->size_max_bytes);
    if (seen.touches_span) {
        haetae_span_set_int64(view->span, HAETAE_TEXT("too late"), 1);
        haetae_span_end(view->span);
    }
    note('e', user);
}

static void on_done(void *user)
{
    note('d', user);
}

static char name_a[] = "A";
static char name_b[] = "B";

static void add(struct core_fixture *core, char *name)
{
    haetae_span_processor processor =
        HAETAE_OPTIONS(haetae_span_processor, .self = name, .on_start = on_start,
                       .on_ending = on_ending, .on_end = on_end, .free = on_done);

    assert_int_equal(hae_tracer_provider_add_processor(&core->traces, &processor), HAETAE_OK);
}

static int set_up(void **state)
{
    assert_int_equal(trace_set_up(state), 0);
    memset(&seen, 0, sizeof seen);
    seen.core = *state;
    return 0;
}

static int tear_down(void **state)
{
    free(seen.bytes);
    seen.bytes = NULL;
    seen.records_spans = false;
    return trace_tear_down(state);
}

/* That what on_end saw last is what was exported as record `index`, byte by byte. */
static void check_exported(struct core_fixture *core, size_t index)
{
    assert_true(index < core->record_count);
    assert_int_equal(seen.size_bytes, core->records[index].size_bytes);
    assert_memory_equal(seen.bytes, core->records[index].data, seen.size_bytes);
}

/* ---- When ------------------------------------------------------------------------------- */

static void processors_are_called_in_their_order(void **state)
{
    struct core_fixture *core = *state;

    assert_int_equal(core->traces.tracing, HAE_TRACING_PLAIN);
    add(core, name_a);
    add(core, name_b);
    haetae_span_end(trace_start(core));
    assert_string_equal(seen.calls, "sAsBgAgBeAeB");
}

static void callbacks_may_be_left_out(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_processor nothing = HAETAE_OPTIONS(haetae_span_processor);
    HaeOtlp__Span *span;

    assert_int_equal(hae_tracer_provider_add_processor(&core->traces, &nothing), HAETAE_OK);
    span = trace_finish(core, trace_start(core));
    assert_string_equal(span->name, "span");
    core_free_span(span);
}

static void only_so_many_processors_can_be_added(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_processor processor = HAETAE_OPTIONS(haetae_span_processor);

    for (int i = 0; i < HAE_PROCESSORS_MAX; i++) {
        add(core, name_a);
    }
    assert_int_equal(hae_tracer_provider_add_processor(&core->traces, &processor), HAETAE_ELIMIT);
    haetae_span_end(trace_start(core));
    assert_int_equal(strlen(seen.calls), (size_t)HAE_PROCESSORS_MAX * 6);
}

static void span_that_is_sampled_out_is_not_shown(void **state)
{
    struct core_fixture *core = *state;

    add(core, name_a);
    assert_true(hae_sampling_set(&core->traces.sampling, "always_off", 0));
    haetae_span_end(trace_start(core));
    assert_string_equal(seen.calls, "");
    assert_int_equal(core_published(core, SPAN), 0);
}

static int32_t record_only(void *user, const haetae_sampling_input *input,
                           haetae_sampling *sampling)
{
    (void)user;
    (void)input;
    (void)sampling;
    return HAETAE_SAMPLING_RECORD_ONLY;
}

static void span_that_is_only_recorded_is_shown_and_not_exported(void **state)
{
    struct core_fixture *core = *state;
    HaeOtlp__Span *span;

    add(core, name_a);
    hae_tracer_provider_set_sampler(&core->traces, &(struct hae_sampler){record_only, NULL, NULL});
    haetae_span_end(trace_start(core));
    assert_string_equal(seen.calls, "sAgAeA");
    assert_int_equal(core_published(core, SPAN), 0);
    assert_int_equal(seen.ended.context.trace_flags & HAETAE_TRACE_FLAG_SAMPLED, 0);
    span = hae_otlp__span__unpack(NULL, seen.size_bytes, seen.bytes);
    assert_non_null(span);
    assert_string_equal(span->name, "span");
    core_has_int(span->attributes, span->n_attributes, "A", 1);
    hae_otlp__span__free_unpacked(span, NULL);
}

static void end_after_shutdown_is_not_shown(void **state)
{
    struct core_fixture *core = *state;
    haetae_span span;

    add(core, name_a);
    span = trace_start(core);
    atomic_store(&core->recorder->accepting, false);
    haetae_span_end(span);
    assert_string_equal(seen.calls, "sA");
    assert_int_equal(core_dropped(core, SPAN, HAETAE_DROP_SHUTDOWN), 1);
}

static void end_that_was_asked_for_during_a_change_is_shown_once(void **state)
{
    struct core_fixture *core = *state;
    haetae_span span;
    bool contended;

    add(core, name_a);
    span = trace_start(core);
    assert_int_not_equal(hae_open_acquire(core->recorder, span, &contended), 0);
    haetae_span_end(span); /* left to whoever changes the span */
    assert_string_equal(seen.calls, "sA");
    hae_open_release(core->recorder, span);
    assert_string_equal(seen.calls, "sAgAeA");
    (void)core_drain(core);
    check_exported(core, 0);
}

static void processor_is_not_shown_spans_of_its_own(void **state)
{
    struct core_fixture *core = *state;

    add(core, name_a);
    seen.records_spans = true;
    haetae_span_end(trace_start(core));
    assert_string_equal(seen.calls, "sAgAeA");
    assert_int_equal(core_published(core, SPAN), 4); /* they are recorded all the same */
}

static void processor_is_done_with_its_provider(void **state)
{
    struct core_fixture core;

    (void)state;
    core_begin(&core, 0, 4);
    add(&core, name_a);
    add(&core, name_b);
    core_end(&core);
    assert_string_equal(seen.calls, "dAdB");
}

/* ---- What they see ---------------------------------------------------------------------- */

static void start_shows_span_and_parent(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_context parent = {.trace_flags = 1, .is_remote = 1};
    haetae_span_options options =
        HAETAE_OPTIONS(haetae_span_options, .parent = &parent, .kind = HAETAE_SPAN_KIND_SERVER,
                       .start_time_unix_ns = 1234567890);
    haetae_span_context context;
    haetae_span span;

    memset(parent.trace_id, 0x42, 16);
    memset(parent.span_id, 0x43, 8);
    add(core, name_a);
    span = haetae_span_start_with(core->tracer, HAETAE_TEXT("span"), &options);
    assert_true(haetae_span_get_context(span, &context));
    assert_int_equal(seen.started.span, span);
    assert_memory_equal(&seen.started.context, &context, sizeof context);
    assert_memory_equal(seen.started.parent_span_id, parent.span_id, 8);
    assert_int_equal(seen.started.start_time_unix_ns, 1234567890);
    assert_int_equal(seen.started.end_time_unix_ns, 0);
    assert_int_equal(seen.started.kind, HAETAE_SPAN_KIND_SERVER);
    assert_true(haetae_span_context_is_valid(&seen.parent));
    assert_int_equal(seen.parent.is_remote, 1);
    assert_memory_equal(seen.parent.trace_id, parent.trace_id, 16);
    haetae_span_end(span);

    haetae_span_end(trace_start(core));
    assert_false(haetae_span_context_is_valid(&seen.parent));
    assert_memory_equal(seen.started.parent_span_id, (uint8_t[8]){0}, 8);
}

static void start_shows_the_values_of_the_parent_context(void **state)
{
    static char value[] = "value";
    struct core_fixture *core = *state;
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    haetae_context *context = NULL;
    haetae_context_token token;

    assert_int_equal(haetae_context_key_new("k", &seen.key), HAETAE_OK);
    assert_int_equal(haetae_context_with_value(NULL, seen.key, value, NULL, &context), HAETAE_OK);
    add(core, name_a);
    haetae_span_end(trace_start(core));
    assert_null(seen.value);
    options.parent_context = context;
    haetae_span_end(haetae_span_start_with(core->tracer, HAETAE_TEXT("explicit"), &options));
    assert_ptr_equal(seen.value, value);
    haetae_span_end(trace_start(core));
    assert_null(seen.value);
    haetae_context_attach_context(context, &token);
    haetae_span_end(trace_start(core));
    haetae_context_detach(&token);
    assert_ptr_equal(seen.value, value);
    haetae_context_unref(context);
    haetae_context_key_free(seen.key);
    seen.key = NULL;
}

static void end_shows_the_message_that_is_exported(void **state)
{
    struct core_fixture *core = *state;
    char text[3000];
    haetae_span span;

    memset(text, 'x', sizeof text);
    add(core, name_a);
    span = trace_start(core);
    haetae_span_end_at(span, UINT64_MAX);
    assert_int_equal(seen.ended.end_time_unix_ns, UINT64_MAX);
    assert_int_equal(seen.ended.status, HAETAE_SPAN_STATUS_UNSET);
    (void)core_drain(core);
    check_exported(core, 0);

    span = trace_start(core); /* one that takes several slots */
    haetae_span_set_string(span, HAETAE_TEXT("long"), text, sizeof text);
    haetae_span_add_event(span, HAETAE_TEXT("event"), 0, NULL, 0);
    haetae_span_set_status(span, HAETAE_SPAN_STATUS_ERROR, HAETAE_TEXT("why"));
    haetae_span_end(span);
    assert_int_equal(seen.ended.status, HAETAE_SPAN_STATUS_ERROR);
    assert_true(seen.size_bytes > sizeof text);
    (void)core_drain(core);
    check_exported(core, 1);
}

/* Without a lane the span waits in its slots for the consumer. */
static void end_shows_the_message_also_without_a_lane(void **state)
{
    struct core_fixture *core = *state;
    haetae_span span;

    add(core, name_a);
    core_busy_begin();
    span = trace_start(core);
    haetae_span_end(span);
    core_busy_end();
    assert_string_equal(seen.calls, "sAgAeA");
    (void)core_drain(core);
    check_exported(core, 0);
}

static void end_shows_scope_and_resource(void **state)
{
    struct core_fixture *core = *state;
    static const uint8_t resource[] = {1, 2, 3};
    haetae_scope_options options =
        HAETAE_OPTIONS(haetae_scope_options, .name = {"library", sizeof "library" - 1});
    haetae_tracer *tracer;

    assert_int_equal(hae_tracer_get(&core->traces, &options, &tracer), HAETAE_OK);
    core->traces.resource = resource;
    core->traces.resource_size_bytes = sizeof resource;
    add(core, name_a);
    haetae_span_end(haetae_span_start(tracer, HAETAE_TEXT("x"), 1));
    assert_ptr_equal(seen.origin.resource, resource);
    assert_int_equal(seen.origin.resource_size_bytes, sizeof resource);
    assert_non_null(seen.origin.scope);
    assert_int_equal(seen.origin.scope_size_bytes, 2 + strlen("library"));
    assert_memory_equal(seen.origin.scope + 2, "library", strlen("library"));
    assert_int_equal(seen.origin.scope_name.length, strlen("library"));
    assert_memory_equal(seen.origin.scope_name.data, "library", strlen("library"));
}

/* ---- What they change -------------------------------------------------------------------- */

static void processors_change_the_span_at_start_and_ending(void **state)
{
    struct core_fixture *core = *state;
    HaeOtlp__Span *span;

    add(core, name_a);
    add(core, name_b);
    span = trace_finish(core, trace_start(core));
    core_has_int(span->attributes, span->n_attributes, "A", 1);
    core_has_int(span->attributes, span->n_attributes, "B", 1);
    core_has_string(span->attributes, span->n_attributes, "ending", "B"); /* B came last */
    core_free_span(span);
    check_exported(core, 0);
}

static void processors_cannot_touch_their_span_by_the_api(void **state)
{
    struct core_fixture *core = *state;
    HaeOtlp__Span *span;

    add(core, name_a);
    seen.touches_span = true;
    span = trace_finish(core, trace_start(core));
    assert_null(core_find(span->attributes, span->n_attributes, "too early"));
    assert_null(core_find(span->attributes, span->n_attributes, "too late"));
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ENDED_SPAN), 5);
    assert_int_equal(core_published(core, SPAN), 1);
    core_free_span(span);
}

/* ---- Reading and changing, by each call ------------------------------------------------------ */

static void change_all(void *self, const haetae_span_view *view, haetae_span_fields *fields)
{
    haetae_attribute attribute = HAETAE_ATTR("in", 1);
    haetae_link link = {.attributes = &attribute, .attribute_count = 1};

    (void)self;
    assert_int_equal(view->struct_size, sizeof *view);
    link.context = view->context;
    haetae_span_fields_set_attributes(fields, NULL, 3); /* counted as dropped */
    haetae_span_fields_add_event(fields, HAETAE_TEXT("late"), 0, &attribute, 1);
    haetae_span_fields_add_event(fields, HAETAE_TEXT("then"), 77, NULL, 0);
    haetae_span_fields_add_link(fields, &link);
    haetae_span_fields_add_link(fields, NULL);
    haetae_span_fields_set_status(fields, HAETAE_SPAN_STATUS_ERROR, HAETAE_TEXT("why"));
    haetae_span_fields_set_status(fields, (haetae_span_status)7, HAETAE_TEXT("none"));
    haetae_span_fields_update_name(fields, HAETAE_TEXT("renamed"));
}

static void an_ending_span_is_changed_by_each_call(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_processor processor =
        HAETAE_OPTIONS(haetae_span_processor, .on_ending = change_all);
    HaeOtlp__Span *span;

    assert_int_equal(hae_tracer_provider_add_processor(&core->traces, &processor), HAETAE_OK);
    span = trace_finish(core, trace_start(core));
    assert_string_equal(span->name, "renamed");
    assert_int_equal(span->n_events, 2);
    assert_string_equal(span->events[0]->name, "late");
    assert_true(span->events[0]->time_unix_nano >= span->start_time_unix_nano);
    assert_int_equal(span->events[1]->time_unix_nano, 77);
    assert_int_equal(span->n_links, 1);
    assert_int_equal(span->status->code, 2);
    assert_string_equal(span->status->message, "why");
    core_free_span(span);
}

/* A callback reads what it has changed itself: first with the room of before. */
static void change_and_encode(void *self, const haetae_span_view *view, haetae_span_fields *fields,
                              const haetae_context *parent)
{
    char text[400];
    haetae_attribute attribute = haetae_attribute_of("grown", haetae_value_text(text, sizeof text));
    size_t before = view->size_max_bytes;
    uint8_t *bytes = malloc(before);
    haetae_value value;

    (void)parent;
    ++*(unsigned *)self;
    memset(text, 'x', sizeof text);
    haetae_span_fields_set_attributes(fields, &attribute, 1);
    haetae_span_fields_update_name(fields, HAETAE_TEXT("other"));
    assert_int_equal(haetae_span_view_encode(view, bytes, before), 0);
    assert_true(view->size_max_bytes > before + sizeof text);
    bytes = realloc(bytes, view->size_max_bytes);
    assert_non_null(bytes);
    assert_in_range(haetae_span_view_encode(view, bytes, view->size_max_bytes), sizeof text,
                    view->size_max_bytes);
    free(bytes);
    assert_int_equal(haetae_span_view_name(view, text, sizeof text), 5);
    assert_memory_equal(text, "other", 5);
    assert_true(haetae_span_view_attribute(view, HAETAE_TEXT("grown"), text, sizeof text, &value));
    assert_int_equal(value.as.string.length, 400);
}

static void callbacks_read_what_they_have_changed(void **state)
{
    struct core_fixture *core = *state;
    unsigned count = 0;
    haetae_span_processor processor =
        HAETAE_OPTIONS(haetae_span_processor, .on_start = change_and_encode, .self = &count);
    HaeOtlp__Span *span;

    assert_int_equal(hae_tracer_provider_add_processor(&core->traces, &processor), HAETAE_OK);
    span = trace_finish(core, trace_start(core));
    assert_int_equal(count, 1);
    assert_string_equal(span->name, "other");
    assert_int_equal(span->n_attributes, 1);
    core_free_span(span);
}

/* Spans that start or end within a callback. */
static struct {
    struct core_fixture *core;
    haetae_span inner; /* started by the first on_start */
    haetae_span other; /* to be ended by the first on_end */
    unsigned starts;
    unsigned ends;
} nested;

static void start_inner(void *self, const haetae_span_view *view, haetae_span_fields *fields,
                        const haetae_context *parent)
{
    (void)self;
    (void)view;
    (void)fields;
    (void)parent;
    if (nested.starts++ == 0) {
        nested.inner = trace_start(nested.core);
    }
}

static void end_other(void *self, const haetae_span_view *view)
{
    haetae_span other = nested.other;

    (void)self;
    (void)view;
    nested.ends++;
    nested.other = HAETAE_SPAN_NONE;
    haetae_span_end(other);
}

static void who_sees_a_start_sees_the_end(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_processor processor =
        HAETAE_OPTIONS(haetae_span_processor, .on_start = start_inner, .on_end = end_other);
    haetae_span span;

    memset(&nested, 0, sizeof nested);
    nested.core = core;
    assert_int_equal(hae_tracer_provider_add_processor(&core->traces, &processor), HAETAE_OK);
    span = trace_start(core);
    nested.other = trace_start(core);
    assert_int_equal(nested.starts, 2);
    haetae_span_end(nested.inner); /* nobody saw it start */
    assert_int_equal(nested.ends, 0);
    haetae_span_end(span);
    assert_int_equal(nested.ends, 2); /* its own, and within that the other's */
    core_forget(core);
}

static void read_all(void *self, const haetae_span_view *view)
{
    char buffer[8];
    uint8_t small[4];
    haetae_value value = haetae_value_empty();

    ++*(unsigned *)self;
    assert_int_equal(haetae_span_view_name(view, buffer, sizeof buffer), 4);
    assert_memory_equal(buffer, "span", 4);
    assert_int_equal(haetae_span_view_name(view, buffer, 2), 2);
    assert_int_equal(haetae_span_view_name(view, NULL, 2), 0);
    assert_int_equal(haetae_span_view_encode(view, small, sizeof small), 0);
    assert_true(haetae_span_view_attribute(view, HAETAE_TEXT("text"), buffer, 3, &value));
    assert_int_equal(value.type, HAETAE_VALUE_STRING);
    assert_int_equal(value.as.string.length, 3);
    assert_memory_equal(value.as.string.data, "abc", 3);
    assert_true(haetae_span_view_attribute(view, HAETAE_TEXT("int"), buffer, 8, &value));
    assert_int_equal(value.as.int64, -5);
    assert_true(haetae_span_view_attribute(view, HAETAE_TEXT("real"), NULL, 0, &value));
    assert_true(value.as.real == 0.25);
    assert_true(haetae_span_view_attribute(view, HAETAE_TEXT("bool"), NULL, 0, &value));
    assert_int_equal(value.type, HAETAE_VALUE_BOOL);
    assert_true(value.as.boolean);
    assert_false(haetae_span_view_attribute(view, HAETAE_TEXT("empty"), buffer, 8, &value));
    assert_false(haetae_span_view_attribute(view, HAETAE_TEXT("array"), buffer, 8, &value));
    assert_false(haetae_span_view_attribute(view, HAETAE_TEXT("none"), buffer, 8, &value));
    assert_false(haetae_span_view_attribute(view, NULL, SIZE_MAX, buffer, 8, &value));
    assert_false(haetae_span_view_attribute(view, HAETAE_TEXT("int"), buffer, 8, NULL));
    assert_int_equal(value.type, HAETAE_VALUE_BOOL);
}

static void a_view_reads_name_and_attributes(void **state)
{
    struct core_fixture *core = *state;
    unsigned count = 0;
    haetae_span_processor processor =
        HAETAE_OPTIONS(haetae_span_processor, .self = &count, .on_end = read_all);
    haetae_value items[] = {haetae_value_int64(1)};
    char filler[1000];
    haetae_span span;

    memset(filler, 'f', sizeof filler);
    assert_int_equal(hae_tracer_provider_add_processor(&core->traces, &processor), HAETAE_OK);
    span = trace_start(core);
    /* The rest lies in further slots. */
    haetae_span_set_string(span, HAETAE_TEXT("filler"), filler, sizeof filler);
    haetae_span_set_string(span, HAETAE_TEXT("text"), HAETAE_TEXT("abcdef"));
    haetae_span_set_int64(span, HAETAE_TEXT("int"), -5);
    haetae_span_set_double(span, HAETAE_TEXT("real"), 0.25);
    haetae_span_set_bool(span, HAETAE_TEXT("bool"), true);
    haetae_span_set_attribute(span, HAETAE_TEXT("empty"), NULL);
    haetae_span_set_attribute(
        span, HAETAE_TEXT("array"),
        &(haetae_value){.type = HAETAE_VALUE_ARRAY, .as = {.array = {items, 1}}});
    haetae_span_end(span);
    assert_int_equal(count, 1);
}

#define PROCESSOR_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROCESSOR_TEST(processors_are_called_in_their_order),
        PROCESSOR_TEST(callbacks_may_be_left_out),
        PROCESSOR_TEST(only_so_many_processors_can_be_added),
        PROCESSOR_TEST(span_that_is_sampled_out_is_not_shown),
        PROCESSOR_TEST(span_that_is_only_recorded_is_shown_and_not_exported),
        PROCESSOR_TEST(end_after_shutdown_is_not_shown),
        PROCESSOR_TEST(end_that_was_asked_for_during_a_change_is_shown_once),
        PROCESSOR_TEST(processor_is_not_shown_spans_of_its_own),
        PROCESSOR_TEST(processor_is_done_with_its_provider),
        PROCESSOR_TEST(start_shows_span_and_parent),
        PROCESSOR_TEST(start_shows_the_values_of_the_parent_context),
        PROCESSOR_TEST(end_shows_the_message_that_is_exported),
        PROCESSOR_TEST(end_shows_the_message_also_without_a_lane),
        PROCESSOR_TEST(end_shows_scope_and_resource),
        PROCESSOR_TEST(processors_change_the_span_at_start_and_ending),
        PROCESSOR_TEST(processors_cannot_touch_their_span_by_the_api),
        PROCESSOR_TEST(an_ending_span_is_changed_by_each_call),
        PROCESSOR_TEST(who_sees_a_start_sees_the_end),
        PROCESSOR_TEST(callbacks_read_what_they_have_changed),
        PROCESSOR_TEST(a_view_reads_name_and_attributes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
