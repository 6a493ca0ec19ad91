/* SPDX-License-Identifier: Apache-2.0 */
/* Identity and parents: what the start writes into a span. */
#include "trace/trace_test.h"

static void check_id(const ProtobufCBinaryData *id, const void *bytes, size_t size)
{
    assert_int_equal(id->len, size);
    assert_memory_equal(id->data, bytes, size);
}

static haetae_span_context context_of(haetae_span span)
{
    haetae_span_context context;

    assert_true(haetae_span_get_context(span, &context));
    return context;
}

static haetae_span_context remote_parent(uint8_t flags)
{
    haetae_span_context parent = {.trace_flags = flags, .is_remote = 1};

    memset(parent.trace_id, 0x11, sizeof parent.trace_id);
    memset(parent.span_id, 0x22, sizeof parent.span_id);
    return parent;
}

static void root_span_is_recorded_with_every_field(void **state)
{
    struct core_fixture *core = *state;
    haetae_span handle =
        haetae_span_start(core->tracer, HAETAE_TEXT("match driver"), HAETAE_SPAN_KIND_SERVER);
    haetae_span_context context = context_of(handle);
    HaeOtlp__Span *span = trace_finish(core, handle);

    check_id(&span->trace_id, context.trace_id, 16);
    check_id(&span->span_id, context.span_id, 8);
    assert_false(span->has_parent_span_id);
    assert_null(span->trace_state);
    assert_string_equal(span->name, "match driver");
    assert_int_equal(span->kind, HAE_OTLP__SPAN__SPAN_KIND__SPAN_KIND_SERVER);
    assert_true(span->start_time_unix_nano > UINT64_C(1600000000000000000));
    assert_true(span->end_time_unix_nano >= span->start_time_unix_nano);
    assert_int_equal(span->n_attributes + span->n_events + span->n_links, 0);
    assert_false(span->has_dropped_attributes_count);
    assert_false(span->has_dropped_events_count);
    assert_false(span->has_dropped_links_count);
    assert_null(span->status);
    assert_int_equal(span->flags, 0x103); /* sampled, random; known to have no remote parent */
    assert_int_equal(core->records[0].scope, core->tracer->scope);
    core_free_span(span);
}

static void current_span_is_the_parent(void **state)
{
    struct core_fixture *core = *state;
    haetae_span parent = trace_start(core);
    haetae_span_context context = context_of(parent);
    haetae_context_token token;
    haetae_span child;
    haetae_span_context child_context;
    HaeOtlp__Span *span;

    haetae_context_attach(parent, &token);
    child = trace_start(core);
    haetae_context_detach(&token);
    child_context = context_of(child);
    span = trace_finish(core, child);
    check_id(&span->trace_id, context.trace_id, 16);
    check_id(&span->parent_span_id, context.span_id, 8);
    check_id(&span->span_id, child_context.span_id, 8);
    assert_memory_not_equal(child_context.span_id, context.span_id, 8);
    assert_int_equal(span->flags, 0x103); /* 0x100: known, 0x200: remote */
    core_free_span(span);
    haetae_span_end(parent);
}

static void remote_parent_is_marked(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_context parent = remote_parent(1);
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    haetae_context_token token;
    haetae_span handle;
    HaeOtlp__Span *span;

    options.parent = &parent;
    options.kind = HAETAE_SPAN_KIND_CONSUMER;
    handle = haetae_span_start_with(core->tracer, HAETAE_TEXT("remote"), &options);
    span = trace_finish(core, handle);
    check_id(&span->trace_id, parent.trace_id, 16);
    check_id(&span->parent_span_id, parent.span_id, 8);
    assert_int_equal(span->flags, 0x301);
    assert_int_equal(span->kind, HAETAE_SPAN_KIND_CONSUMER);
    core_free_span(span);

    haetae_context_attach_remote(&parent, &token);
    handle = trace_start(core);
    haetae_context_detach(&token);
    span = trace_finish(core, handle);
    check_id(&span->parent_span_id, parent.span_id, 8);
    assert_int_equal(span->flags, 0x301);
    core_free_span(span);
}

static void explicit_parent_wins_over_the_current_and_root_over_both(void **state)
{
    struct core_fixture *core = *state;
    haetae_span current = trace_start(core);
    haetae_span_context parent = remote_parent(1);
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    haetae_context_token token;
    haetae_span handle;
    HaeOtlp__Span *span;

    parent.is_remote = 0;
    haetae_context_attach(current, &token);
    options.parent = &parent;
    handle = haetae_span_start_with(core->tracer, HAETAE_TEXT("child"), &options);
    span = trace_finish(core, handle);
    check_id(&span->parent_span_id, parent.span_id, 8);
    assert_int_equal(span->flags, 0x101);
    core_free_span(span);

    options.root = 1;
    handle = haetae_span_start_with(core->tracer, HAETAE_TEXT("root"), &options);
    span = trace_finish(core, handle);
    assert_false(span->has_parent_span_id);
    assert_memory_not_equal(span->trace_id.data, parent.trace_id, 16);
    core_free_span(span);

    /* An invalid parent makes a root span, even if a span is current. */
    options.root = 0;
    memset(&parent, 0, sizeof parent);
    handle = haetae_span_start_with(core->tracer, HAETAE_TEXT("root"), &options);
    span = trace_finish(core, handle);
    assert_false(span->has_parent_span_id);
    core_free_span(span);
    haetae_context_detach(&token);
    haetae_span_end(current);
}

static void every_kind_is_kept_and_others_are_internal(void **state)
{
    static const struct {
        int32_t given;
        int recorded;
    } kinds[] = {{0, 1}, {1, 1}, {2, 2},  {3, 3},         {4, 4},
                 {5, 5}, {6, 1}, {-1, 1}, {INT32_MAX, 1}, {INT32_MIN, 1}};
    struct core_fixture *core = *state;
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        HaeOtlp__Span *span;

        options.kind = kinds[i].given;
        span =
            trace_finish(core, haetae_span_start_with(core->tracer, HAETAE_TEXT("kind"), &options));
        assert_int_equal(span->kind, kinds[i].recorded);
        core_free_span(span);
    }
}

static void options_are_taken_whole(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_context parent = remote_parent(1);
    haetae_attribute attributes[] = {HAETAE_ATTR("a", 1), HAETAE_ATTR("b", "two")};
    haetae_link links[2] = {{.context = remote_parent(0)}, {.context = remote_parent(1)}};
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    HaeOtlp__Span *span;

    options.parent = &parent;
    options.trace_state = haetae_string_of("k=v");
    options.start_time_unix_ns = 1700000000000000000;
    options.attributes = attributes;
    options.attribute_count = 2;
    options.links = links;
    options.link_count = 2;
    span = trace_finish(core, haetae_span_start_with(core->tracer, HAETAE_TEXT("all"), &options));
    assert_string_equal(span->trace_state, "k=v");
    assert_int_equal(span->start_time_unix_nano, 1700000000000000000);
    assert_int_equal(span->n_attributes, 2);
    core_has_int(span->attributes, 2, "a", 1);
    core_has_string(span->attributes, 2, "b", "two");
    assert_int_equal(span->n_links, 2);
    core_free_span(span);
}

static void tracestate_of_the_current_span_is_inherited_once(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_context parent = remote_parent(1);
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    haetae_context_token token;
    haetae_span outer;
    HaeOtlp__Span *span;

    options.parent = &parent;
    options.trace_state = haetae_string_of("outer=1");
    outer = haetae_span_start_with(core->tracer, HAETAE_TEXT("outer"), &options);
    haetae_context_attach(outer, &token);
    options.parent = NULL;
    options.trace_state = haetae_string_of("other=2");
    span = trace_finish(core, haetae_span_start_with(core->tracer, HAETAE_TEXT("in"), &options));
    assert_string_equal(span->trace_state, "other=2"); /* what is given counts, and once */
    core_free_span(span);
    span = trace_finish(core, trace_start(core));
    assert_string_equal(span->trace_state, "outer=1");
    core_free_span(span);
    haetae_context_detach(&token);
    haetae_span_end(outer);
}

/* ---- Invalid arguments ---------------------------------------------------- */

static void options_of_a_wrong_size_are_ignored_and_counted(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_options options = {.kind = HAETAE_SPAN_KIND_CLIENT, .root = 1};
    static const size_t sizes[] = {0, 1, offsetof(haetae_span_options, parent_span) - 1};
    HaeOtlp__Span *span;

    for (int i = 0; i < 3; i++) {
        options.struct_size = sizes[i];
        span =
            trace_finish(core, haetae_span_start_with(core->tracer, HAETAE_TEXT("old"), &options));
        assert_int_equal(span->kind, HAETAE_SPAN_KIND_INTERNAL);
        assert_int_equal(core_misuse(core, HAETAE_MISUSE_ARGUMENT), i + 1);
        core_free_span(span);
    }
    /* A larger struct comes from a newer header. */
    struct {
        haetae_span_options known;
        char more[64];
    } newer = {.known = {.struct_size = sizeof newer, .kind = HAETAE_SPAN_KIND_CLIENT}};
    span =
        trace_finish(core, haetae_span_start_with(core->tracer, HAETAE_TEXT("new"), &newer.known));
    assert_int_equal(span->kind, HAETAE_SPAN_KIND_CLIENT);
    core_free_span(span);
    span = trace_finish(core, haetae_span_start_with(core->tracer, HAETAE_TEXT("none"), NULL));
    assert_string_equal(span->name, "none");
    core_free_span(span);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ARGUMENT), 3);
}

static void invalid_lists_are_dropped_and_counted(void **state)
{
    struct core_fixture *core = *state;
    haetae_attribute attribute = HAETAE_ATTR("a", 1);
    haetae_link link = {.context = remote_parent(1)};
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    HaeOtlp__Span *span;

    options.attributes = &attribute;
    options.attribute_count = SIZE_MAX;
    options.links = &link;
    options.link_count = SIZE_MAX;
    span = trace_finish(core, haetae_span_start_with(core->tracer, HAETAE_TEXT("x"), &options));
    assert_int_equal(span->n_attributes, 0);
    assert_int_equal(span->dropped_attributes_count, 1);
    assert_int_equal(span->n_links, 0);
    assert_int_equal(span->dropped_links_count, 1);
    core_free_span(span);
    options.attributes = NULL;
    options.attribute_count = 3;
    options.links = NULL;
    options.link_count = 3;
    span = trace_finish(core, haetae_span_start_with(core->tracer, HAETAE_TEXT("x"), &options));
    assert_int_equal(span->dropped_attributes_count, 1);
    assert_int_equal(span->dropped_links_count, 1);
    core_free_span(span);
}

static void name_may_be_empty_long_or_ill_formed(void **state)
{
    struct core_fixture *core = *state;
    static char text[5000];
    HaeOtlp__Span *span;

    span = trace_finish(core, haetae_span_start(core->tracer, NULL, 7, HAETAE_SPAN_KIND_CLIENT));
    assert_null(span->name);
    core_free_span(span);
    span = trace_finish(core, haetae_span_start(core->tracer, "caf\xE9!", 5, 1));
    assert_string_equal(span->name, "caf\xEF\xBF\xBD!");
    core_free_span(span);
    memset(text, 'n', sizeof text);
    span = trace_finish(core, haetae_span_start(core->tracer, text, sizeof text, 1));
    assert_int_equal(strlen(span->name), sizeof text);
    core_free_span(span);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ARGUMENT), 0);
    span = trace_finish(core, haetae_span_start(core->tracer, text, SIZE_MAX, 1));
    assert_null(span->name);
    core_free_span(span);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ARGUMENT), 1);
}

static void name_that_fits_nowhere_keeps_its_beginning(void **state)
{
    struct core_fixture *core = *state;
    size_t size = 8 << 20;
    char *text = malloc(size);
    HaeOtlp__Span *span;

    memset(text, 'n', size);
    span = trace_finish(core, haetae_span_start(core->tracer, text, size, 1));
    assert_int_equal(strlen(span->name), 80);
    assert_int_equal(core_misuse(core, HAETAE_MISUSE_ARGUMENT), 1);
    core_free_span(span);
    free(text);
}

static void no_tracer_starts_no_span(void **state)
{
    struct core_fixture *core = *state;
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);

    assert_int_equal(haetae_span_start(NULL, HAETAE_TEXT("x"), HAETAE_SPAN_KIND_CLIENT),
                     HAETAE_SPAN_NONE);
    assert_int_equal(haetae_span_start_with(NULL, HAETAE_TEXT("x"), &options), HAETAE_SPAN_NONE);
    hae_tracer_provider_enable(&core->traces, false);
    assert_int_equal(haetae_span_start(core->tracer, HAETAE_TEXT("x"), 1), HAETAE_SPAN_NONE);
    assert_false(haetae_tracer_enabled(core->tracer));
    assert_false(haetae_tracer_enabled(NULL));
    hae_tracer_provider_enable(&core->traces, true);
    assert_true(haetae_tracer_enabled(core->tracer));
}

static void span_after_shutdown_is_counted(void **state)
{
    struct core_fixture *core = *state;
    haetae_span before = trace_start(core);

    atomic_store(&core->recorder->accepting, false);
    assert_false(haetae_tracer_enabled(core->tracer));
    assert_int_equal(haetae_span_start(core->tracer, HAETAE_TEXT("x"), 1), HAETAE_SPAN_NONE);
    assert_int_equal(haetae_span_start_with(core->tracer, HAETAE_TEXT("x"), NULL),
                     HAETAE_SPAN_NONE);
    assert_int_equal(core_dropped(core, SPAN, HAETAE_DROP_SHUTDOWN), 2);
    haetae_span_end(before);
    assert_int_equal(core_dropped(core, SPAN, HAETAE_DROP_SHUTDOWN), 3);
    assert_int_equal(core_published(core, SPAN), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRACE_TEST(root_span_is_recorded_with_every_field),
        TRACE_TEST(current_span_is_the_parent),
        TRACE_TEST(remote_parent_is_marked),
        TRACE_TEST(explicit_parent_wins_over_the_current_and_root_over_both),
        TRACE_TEST(every_kind_is_kept_and_others_are_internal),
        TRACE_TEST(options_are_taken_whole),
        TRACE_TEST(tracestate_of_the_current_span_is_inherited_once),
        TRACE_TEST(options_of_a_wrong_size_are_ignored_and_counted),
        TRACE_TEST(invalid_lists_are_dropped_and_counted),
        TRACE_TEST(name_may_be_empty_long_or_ill_formed),
        TRACE_TEST(name_that_fits_nowhere_keeps_its_beginning),
        TRACE_TEST(no_tracer_starts_no_span),
        TRACE_TEST(span_after_shutdown_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
