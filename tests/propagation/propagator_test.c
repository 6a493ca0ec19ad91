/* SPDX-License-Identifier: Apache-2.0 */
/* Several propagators together, those of a program, the default one, and what is removed. */
#include "propagation/propagator.h"

#include "base/alloc.h"
#include "context/context.h"
#include "propagation/default.h"
#include "propagation/headers.h"
#include "support/live.h"

static haetae_propagator *composite(const haetae_propagator *const *items, size_t count)
{
    haetae_propagator *propagator = NULL;

    assert_int_equal(haetae_propagator_composite(items, count, &propagator), HAETAE_OK);
    return propagator;
}
#define COMPOSITE(...)                                                                             \
    composite((const haetae_propagator *const[]){__VA_ARGS__},                                     \
              sizeof((const haetae_propagator *const[]){__VA_ARGS__}) / sizeof(void *))

static const haetae_propagator *named(const char *name)
{
    return haetae_propagator_find(name);
}

static const char from_w3c[] = "00-11111111111111111111111111111111-2222222222222222-01";
static const char from_b3[] = "33333333333333333333333333333333-4444444444444444-1";

static haetae_context *extract(const haetae_propagator *propagator, const haetae_context *context,
                               struct headers *headers)
{
    haetae_context *found = NULL;

    assert_int_equal(haetae_propagator_extract(propagator, context, &headers_ops, headers, &found),
                     HAETAE_OK);
    return found;
}

static uint8_t trace_of(const haetae_context *context)
{
    haetae_span_context span;

    (void)haetae_context_span_context(context, &span);
    return span.trace_id[0];
}

/* ---- A format of the program's own -------------------------------------------------------- */

struct toy {
    haetae_context_key *key; /* of a value that it carries */
    int freed;
};

static void toy_inject(void *user, const haetae_context *context, const haetae_carrier_ops *ops,
                       void *carrier)
{
    const struct toy *toy = user;
    haetae_span_context span;
    char text[3] = {0};
    const char *value = haetae_context_value(context, toy->key);

    if (haetae_context_span_context(context, &span)) {
        text[0] = (char)span.trace_id[0];
        text[1] = (char)span.span_id[0];
        ops->set(carrier, "toy", 3, text, 2);
    }
    if (value != NULL) {
        ops->set(carrier, "toy-value", 9, value, strlen(value));
    }
}

static haetae_status toy_extract(void *user, const haetae_context *context,
                                 const haetae_carrier_ops *ops, void *carrier,
                                 haetae_context **ret_context)
{
    const struct toy *toy = user;
    haetae_span_context span = {.is_remote = 1};
    haetae_context *with_span = NULL;
    haetae_string text;
    haetae_status status;
    static char value[] = "found";

    if (!ops->get(carrier, "toy", 3, 0, &text) || text.length != 2) {
        return HAETAE_EFORMAT;
    }
    memset(span.trace_id, text.data[0], sizeof span.trace_id);
    memset(span.span_id, text.data[1], sizeof span.span_id);
    status = haetae_context_with_span_context(context, &span, &with_span);
    if (status == HAETAE_OK) {
        status = haetae_context_with_value(with_span, toy->key, value, NULL, ret_context);
    }
    haetae_context_unref(with_span);
    return status;
}

static void toy_free(void *user)
{
    ((struct toy *)user)->freed++;
}

static const char *const toy_fields[] = {"toy", "toy-value", NULL};

static haetae_propagator *new_toy(struct toy *toy, const char *name)
{
    haetae_propagator_ops ops =
        HAETAE_OPTIONS(haetae_propagator_ops, .name = name, .fields = toy_fields,
                       .inject = toy_inject, .extract = toy_extract, .free = toy_free);
    haetae_propagator *propagator = NULL;

    assert_int_equal(haetae_context_key_new("toy", &toy->key), HAETAE_OK);
    assert_int_equal(haetae_propagator_new(&ops, toy, &propagator), HAETAE_OK);
    return propagator;
}

/* ---- Several -------------------------------------------------------------------------------- */

static void each_propagator_sets_its_own_headers(void **state)
{
    struct toy toy = {.freed = 0};
    haetae_propagator *mine = new_toy(&toy, "toy");
    haetae_propagator *all = COMPOSITE(named("tracecontext"), mine, named("b3"), named("baggage"));
    struct headers incoming =
        HEADERS("traceparent", from_w3c, "tracestate", "k=v", "baggage", "a=1");
    haetae_context *context = extract(NULL, haetae_context_root(), &incoming);
    haetae_context *with_value = NULL;
    struct headers written = {.count = 0};
    char seven[] = "seven";

    (void)state;
    assert_int_equal(haetae_context_with_value(context, toy.key, seven, NULL, &with_value),
                     HAETAE_OK);
    haetae_propagator_inject(all, HAETAE_SPAN_NONE, with_value, &headers_ops, &written);
    assert_int_equal(written.count, 6);
    assert_string_equal(headers_only(&written, "traceparent"), from_w3c);
    assert_string_equal(headers_only(&written, "tracestate"), "k=v");
    assert_string_equal(headers_only(&written, "toy"), "\x11\x22");
    assert_string_equal(headers_only(&written, "toy-value"), "seven");
    assert_string_equal(headers_only(&written, "b3"),
                        "11111111111111111111111111111111-2222222222222222-1");
    assert_string_equal(headers_only(&written, "baggage"), "a=1");
    assert_string_equal(haetae_propagator_field(all, 0), "traceparent");
    assert_string_equal(haetae_propagator_field(all, 2), "toy");
    assert_string_equal(haetae_propagator_field(all, 5), "baggage");
    assert_null(haetae_propagator_field(all, 6));
    haetae_context_unref(context);
    haetae_context_unref(with_value);
    haetae_propagator_unref(mine);
    assert_int_equal(toy.freed, 0);
    haetae_propagator_unref(all);
    assert_int_equal(toy.freed, 1);
    haetae_context_key_free(toy.key);
}

static void later_propagator_wins_with_all_that_it_says(void **state)
{
    haetae_propagator *w3c_last = COMPOSITE(named("b3"), named("tracecontext"));
    haetae_propagator *b3_last = COMPOSITE(named("tracecontext"), named("b3"));
    struct headers both = HEADERS("traceparent", from_w3c, "tracestate", "k=v", "b3", from_b3);
    struct headers only_b3 = HEADERS("b3", from_b3);
    struct headers neither = HEADERS("traceparent", "00-malformed", "b3", "malformed");
    haetae_context *context = extract(w3c_last, haetae_context_root(), &both);
    haetae_span_context span;
    haetae_context *after;

    (void)state;
    assert_int_equal(trace_of(context), 0x11);
    assert_true(haetae_context_span_context(context, &span));
    assert_true(haetae_span_context_get_trace_state(&span, NULL));
    haetae_context_unref(context);
    context = extract(b3_last, haetae_context_root(), &both);
    assert_int_equal(trace_of(context), 0x33);
    assert_true(haetae_context_span_context(context, &span));
    assert_false(haetae_span_context_get_trace_state(&span, NULL)); /* it was of another trace */
    after = extract(b3_last, context, &neither);                    /* keeps what was there */
    assert_int_equal(trace_of(after), 0x33);
    haetae_context_unref(after);
    haetae_context_unref(context);
    context = extract(w3c_last, haetae_context_root(), &only_b3);
    assert_int_equal(trace_of(context), 0x33);
    haetae_context_unref(context);
    haetae_propagator_unref(w3c_last);
    haetae_propagator_unref(b3_last);
}

static void composites_nest(void **state)
{
    struct toy toy = {.freed = 0};
    haetae_propagator *mine = new_toy(&toy, "toy");
    haetae_propagator *inner = COMPOSITE(mine, named("none"), named("b3"));
    haetae_propagator *outer = COMPOSITE(inner, named("tracecontext"), inner);
    haetae_propagator *empty = composite(NULL, 0);
    struct headers written = HEADERS("traceparent", "kept");

    (void)state;
    haetae_propagator_unref(mine);
    haetae_propagator_unref(inner);
    assert_int_equal(toy.freed, 0);
    assert_string_equal(haetae_propagator_field(outer, 0), "toy");
    assert_string_equal(haetae_propagator_field(outer, 2), "b3");
    assert_string_equal(haetae_propagator_field(outer, 3), "traceparent");
    assert_string_equal(haetae_propagator_field(outer, 5), "toy");
    haetae_propagator_unref(outer);
    assert_int_equal(toy.freed, 1);
    assert_null(haetae_propagator_field(empty, 0));
    haetae_propagator_inject(empty, HAETAE_SPAN_NONE, NULL, &headers_ops, &written);
    assert_int_equal(written.count, 1);
    haetae_propagator_unref(empty);
    haetae_context_key_free(toy.key);
}

static void own_format_adds_to_what_others_found(void **state)
{
    struct toy toy = {.freed = 0};
    haetae_propagator *mine = new_toy(&toy, "toy");
    haetae_propagator *last = COMPOSITE(named("baggage"), named("tracecontext"), mine);
    haetae_propagator *first = COMPOSITE(mine, named("baggage"), named("tracecontext"));
    struct headers all = HEADERS("traceparent", from_w3c, "baggage", "a=1", "toy", "ts");
    struct headers without = HEADERS("traceparent", from_w3c, "baggage", "a=1", "toy", "short");
    haetae_context *context = extract(last, haetae_context_root(), &all);

    (void)state;
    assert_int_equal(trace_of(context), 't');
    assert_string_equal(haetae_context_value(context, toy.key), "found");
    assert_int_equal(haetae_baggage_count(haetae_context_baggage(context)), 1);
    haetae_context_unref(context);
    context = extract(first, haetae_context_root(), &all);
    assert_int_equal(trace_of(context), 0x11);
    assert_string_equal(haetae_context_value(context, toy.key), "found");
    assert_int_equal(haetae_baggage_count(haetae_context_baggage(context)), 1);
    haetae_context_unref(context);
    context = extract(last, haetae_context_root(), &without);
    assert_int_equal(trace_of(context), 0x11);
    assert_null(haetae_context_value(context, toy.key));
    haetae_context_unref(context);
    haetae_propagator_unref(first);
    haetae_propagator_unref(last);
    haetae_propagator_unref(mine);
    haetae_context_key_free(toy.key);
}

static const char *baggage_value(const haetae_context *context, const char *name)
{
    haetae_string value = {NULL, 0};

    (void)haetae_baggage_get(haetae_context_baggage(context), name, strlen(name), &value, NULL);
    return value.data;
}

static void baggage_before_an_own_format_is_joined_with_what_follows(void **state)
{
    struct toy toy = {.freed = 0};
    haetae_propagator *mine = new_toy(&toy, "toy");
    haetae_propagator *around = COMPOSITE(named("baggage"), mine, named("jaeger"));
    haetae_propagator *behind = COMPOSITE(mine, named("jaeger"));
    haetae_baggage *baggage = NULL;
    haetae_context *base = NULL;
    struct headers all = HEADERS("baggage", "a=1,b=%20;m=1", "toy", "ts", "uberctx-c", "3");
    haetae_context *context;

    (void)state;
    assert_int_equal(
        haetae_baggage_set(NULL, HAETAE_TEXT("old"), HAETAE_TEXT("x"), NULL, 0, &baggage),
        HAETAE_OK);
    assert_int_equal(haetae_context_with_baggage(haetae_context_root(), baggage, &base), HAETAE_OK);
    context = extract(around, base, &all);
    assert_int_equal(haetae_baggage_count(haetae_context_baggage(context)), 3);
    assert_string_equal(baggage_value(context, "a"), "1");
    assert_string_equal(baggage_value(context, "b"), " ");
    assert_string_equal(baggage_value(context, "c"), "3");
    haetae_context_unref(context);
    /* That of the base is replaced, as it is without a format of the program's. */
    context = extract(behind, base, &all);
    assert_int_equal(haetae_baggage_count(haetae_context_baggage(context)), 1);
    assert_string_equal(baggage_value(context, "c"), "3");
    haetae_context_unref(context);
    haetae_context_unref(base);
    haetae_baggage_unref(baggage);
    haetae_propagator_unref(behind);
    haetae_propagator_unref(around);
    haetae_propagator_unref(mine);
    haetae_context_key_free(toy.key);
}

/* What cannot be added does not undo the rest. Specification: "Extract". */
static void full_context_still_gets_the_span(void **state)
{
    haetae_context_key *keys[HAETAE_CONTEXT_VALUES_MAX];
    struct headers all = HEADERS("traceparent", from_w3c, "baggage", "a=1");
    struct headers debug = HEADERS("b3", "33333333333333333333333333333333-4444444444444444-d");
    haetae_propagator *both = COMPOSITE(named("tracecontext"), named("baggage"));
    haetae_context *full = haetae_context_ref(haetae_context_root());
    haetae_context *context;

    (void)state;
    for (int i = 0; i < HAETAE_CONTEXT_VALUES_MAX; i++) {
        haetae_context *next = NULL;

        assert_int_equal(haetae_context_key_new("key", &keys[i]), HAETAE_OK);
        assert_int_equal(haetae_context_with_value(full, keys[i], keys, NULL, &next), HAETAE_OK);
        haetae_context_unref(full);
        full = next;
    }
    context = extract(both, full, &all);
    assert_int_equal(trace_of(context), 0x11);
    assert_null(haetae_context_baggage(context));
    assert_ptr_equal(haetae_context_value(context, keys[0]), keys);
    haetae_context_unref(context);
    context = extract(named("b3"), full, &debug);
    assert_int_equal(trace_of(context), 0x33);
    haetae_context_unref(context);
    haetae_context_unref(full);
    for (int i = 0; i < HAETAE_CONTEXT_VALUES_MAX; i++) {
        haetae_context_key_free(keys[i]);
    }
    haetae_propagator_unref(both);
}

static haetae_context *kept_context;

static void keep_context(void *user, const haetae_context *context, const haetae_carrier_ops *ops,
                         void *carrier)
{
    (void)user;
    (void)ops;
    (void)carrier;
    kept_context = haetae_context_ref(context);
}

static void context_that_a_callback_is_shown_can_be_kept(void **state)
{
    haetae_propagator_ops ops =
        HAETAE_OPTIONS(haetae_propagator_ops, .name = "keeper", .inject = keep_context);
    haetae_propagator *keeper = NULL;
    struct headers incoming =
        HEADERS("traceparent", from_w3c, "tracestate", "k=v", "baggage", "a=1");
    haetae_context *context = extract(NULL, haetae_context_root(), &incoming);
    struct headers written = {.count = 0};

    (void)state;
    assert_int_equal(haetae_propagator_new(&ops, NULL, &keeper), HAETAE_OK);
    haetae_propagator_inject(keeper, HAETAE_SPAN_NONE, context, &headers_ops, &written);
    haetae_context_unref(context);
    haetae_propagator_inject(NULL, HAETAE_SPAN_NONE, kept_context, &headers_ops, &written);
    assert_string_equal(headers_only(&written, "traceparent"), from_w3c);
    assert_string_equal(headers_only(&written, "tracestate"), "k=v");
    assert_string_equal(headers_only(&written, "baggage"), "a=1");
    haetae_context_unref(kept_context);
    haetae_propagator_unref(keeper);
}

/* ---- Removing ---------------------------------------------------------------------------------
 */

static void stale_headers_are_removed_before_injecting(void **state)
{
    haetae_propagator *all = COMPOSITE(named("tracecontext"), named("baggage"), named("jaeger"));
    struct headers headers =
        HEADERS("Traceparent", from_w3c, "traceparent", from_w3c, "tracestate", "old=1", "accept",
                "*/*", "tracestate", "old=2", "baggage", "old=1", "uberctx-old", "1", "Uberctx-b",
                "2", "uberctx-old", "3", "jaeger-baggage", "x=1", "b3", "another format");
    haetae_span_context span;
    haetae_context *context = NULL;

    (void)state;
    assert_int_equal(haetae_traceparent_parse(from_w3c, sizeof from_w3c - 1, &span), HAETAE_OK);
    memset(span.span_id, 0x55, sizeof span.span_id);
    assert_int_equal(haetae_context_with_span_context(haetae_context_root(), &span, &context),
                     HAETAE_OK);
    haetae_propagator_inject(all, HAETAE_SPAN_NONE, context, &headers_ops, &headers);
    assert_int_equal(headers.count, 4);
    assert_string_equal(headers_only(&headers, "accept"), "*/*");
    assert_string_equal(headers_only(&headers, "b3"), "another format");
    assert_string_equal(headers_only(&headers, "traceparent"),
                        "00-11111111111111111111111111111111-5555555555555555-01");
    assert_string_equal(headers_only(&headers, "uber-trace-id"),
                        "11111111111111111111111111111111:5555555555555555:0:1");
    haetae_propagator_remove(all, &headers_ops, &headers);
    assert_int_equal(headers.count, 2);
    haetae_context_unref(context);
    haetae_propagator_unref(all);
}

static void baggage_that_nobody_extracted_goes_on(void **state)
{
    haetae_propagator *all = COMPOSITE(named("tracecontext"), named("baggage"), named("jaeger"));
    const struct headers received =
        HEADERS("traceparent", from_w3c, "baggage", "client=1", "uberctx-a", "1");
    struct headers headers = received;
    struct headers other = HEADERS("baggage", "mine=1");
    haetae_context *context;
    haetae_context_token token;

    (void)state;
    haetae_propagator_inject(all, HAETAE_SPAN_NONE, NULL, &headers_ops, &headers);
    assert_null(headers_only(&headers, "traceparent"));
    assert_string_equal(headers_only(&headers, "baggage"), "client=1");
    assert_string_equal(headers_only(&headers, "uberctx-a"), "1");
    headers = received;
    haetae_propagator_inject(all, HAETAE_SPAN_NONE, haetae_context_root(), &headers_ops, &headers);
    assert_int_equal(headers.count, 0);
    headers = received;
    context = extract(all, haetae_context_root(), &other);
    haetae_context_attach_context(context, &token);
    haetae_propagator_inject(all, HAETAE_SPAN_NONE, NULL, &headers_ops, &headers);
    haetae_context_detach(&token);
    haetae_context_unref(context);
    assert_string_equal(headers_only(&headers, "baggage"), "mine=1");
    assert_string_equal(headers_only(&headers, "uberctx-mine"), "1");
    assert_int_equal(headers.count, 2);
    haetae_propagator_unref(all);
}

static void b3_removes_the_headers_of_both_ways(void **state)
{
    static const char *const names[] = {"b3", "b3multi"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct headers headers =
            HEADERS("b3", "0", "x-b3-traceid", "0", "x-b3-spanid", "0", "x-b3-sampled", "0",
                    "x-b3-flags", "0", "x-b3-parentspanid", "0", "accept", "*/*");

        haetae_propagator_remove(named(names[i]), &headers_ops, &headers);
        assert_int_equal(headers.count, 1);
    }
}

static void lazy_remove(void *carrier, const char *key, size_t key_length)
{
    (void)carrier;
    (void)key;
    (void)key_length;
}

static void carrier_that_removes_nothing_ends_too(void **state)
{
    haetae_carrier_ops ops = headers_ops;
    struct headers headers = HEADERS("uberctx-a", "1", "uberctx-b", "2");

    (void)state;
    ops.remove = lazy_remove;
    haetae_propagator_remove(named("jaeger"), &ops, &headers);
    assert_int_equal(headers.count, 2);
    ops.remove = NULL;
    haetae_propagator_remove(named("jaeger"), &ops, &headers);
    ops.key = NULL;
    ops.get = NULL;
    ops.set = NULL;
    haetae_propagator_inject(named("jaeger"), HAETAE_SPAN_NONE, NULL, &ops, &headers);
    assert_int_equal(headers.count, 2);
    haetae_context_unref(
        extract(named("jaeger"), haetae_context_root(), &(struct headers){.count = 0}));
}

/* ---- The default ------------------------------------------------------------------------------
 */

static void default_is_w3c_until_another_is_set(void **state)
{
    struct toy toy = {.freed = 0};
    struct headers headers = HEADERS("b3", from_b3);
    const haetae_propagator *usual = haetae_default_propagator();
    haetae_propagator *mine = new_toy(&toy, "toy");
    haetae_string trace_state = {NULL, 7};
    haetae_propagator *both;
    haetae_span_context span;

    (void)state;
    assert_string_equal(haetae_propagator_field(NULL, 0), "traceparent");
    assert_string_equal(haetae_propagator_field(NULL, 1), "tracestate");
    assert_string_equal(haetae_propagator_field(NULL, 2), "baggage");
    assert_null(haetae_propagator_field(NULL, 3));

    hae_propagator_suggest((haetae_propagator *)(uintptr_t)named("b3")); /* as a start does */
    assert_ptr_equal(haetae_default_propagator(), named("b3"));
    assert_int_equal(haetae_context_extract(headers_get, &headers, &span, NULL), HAETAE_OK);
    assert_int_equal(span.trace_id[0], 0x33);
    assert_int_equal(haetae_context_extract_all(headers_get_all, &headers, &span), HAETAE_OK);

    haetae_set_default_propagator(NULL);
    assert_ptr_equal(haetae_default_propagator(), usual);
    assert_int_equal(haetae_context_extract(headers_get, &headers, &span, NULL), HAETAE_EFORMAT);
    hae_propagator_suggest((haetae_propagator *)(uintptr_t)named("b3"));
    assert_ptr_equal(haetae_default_propagator(), usual); /* the program's choice holds */

    haetae_set_default_propagator(mine);
    haetae_set_default_propagator(mine);
    haetae_propagator_unref(mine);
    assert_ptr_equal(haetae_default_propagator(), mine);
    headers = HEADERS("toy", "ts");
    assert_int_equal(haetae_context_extract(headers_get, &headers, &span, NULL), HAETAE_OK);
    assert_int_equal(span.trace_id[0], 't');
    assert_int_equal(haetae_context_extract_all(headers_get_all, &headers, &span), HAETAE_OK);
    headers.count = 0;
    {
        haetae_context *context = NULL;
        haetae_context_token token;

        assert_int_equal(haetae_context_with_span_context(NULL, &span, &context), HAETAE_OK);
        haetae_context_attach_context(context, &token);
        haetae_context_inject(HAETAE_SPAN_NONE, headers_set, &headers);
        haetae_context_detach(&token);
        haetae_context_unref(context);
    }
    assert_string_equal(headers_only(&headers, "toy"), "ts");
    /* Its span stands, though another one comes behind it and a tracestate's text is wanted. */
    both = COMPOSITE(mine, named("baggage"));
    haetae_set_default_propagator(both);
    haetae_propagator_unref(both);
    span = (haetae_span_context){.is_remote = 0};
    assert_int_equal(haetae_context_extract(headers_get, &headers, &span, &trace_state), HAETAE_OK);
    assert_int_equal(span.trace_id[0], 't');
    assert_int_equal(trace_state.length, 0);
    haetae_set_default_propagator(NULL);
    assert_int_equal(toy.freed, 0); /* it is kept for good */
    live_before = hae_alloc_live_count() - 1;
    haetae_context_key_free(toy.key);
}

static void name_can_be_registered_once(void **state)
{
    struct toy toys[3] = {{.freed = 0}};
    haetae_propagator *mine = new_toy(&toys[0], "mine");
    haetae_propagator *same = new_toy(&toys[1], "MINE");
    haetae_propagator *builtin = new_toy(&toys[2], "jaeger");
    haetae_propagator *several = COMPOSITE(mine, same);

    (void)state;
    assert_null(named("mine"));
    assert_int_equal(haetae_propagator_register(mine), HAETAE_OK);
    assert_ptr_equal(named("Mine"), mine);
    assert_int_equal(haetae_propagator_register(mine), HAETAE_ECONFLICT);
    assert_int_equal(haetae_propagator_register(same), HAETAE_ECONFLICT);
    assert_int_equal(haetae_propagator_register(builtin), HAETAE_ECONFLICT);
    assert_int_equal(haetae_propagator_register(several), HAETAE_EINVAL);
    assert_int_equal(haetae_propagator_register(NULL), HAETAE_EINVAL);
    haetae_propagator_unref(several);
    haetae_propagator_unref(mine);
    haetae_propagator_unref(same);
    haetae_propagator_unref(builtin);
    assert_int_equal(toys[0].freed + 2, toys[1].freed + toys[2].freed);
    for (int i = 0; i < 3; i++) {
        haetae_context_key_free(toys[i].key);
    }
    live_before++; /* the registered one */
}

/* ---- Mistakes -----------------------------------------------------------------------------------
 */

static void arguments_that_are_wrong_are_refused(void **state)
{
    haetae_propagator_ops ops = HAETAE_OPTIONS(haetae_propagator_ops, .name = "a b");
    haetae_carrier_ops unsized = headers_ops;
    const haetae_propagator *null = NULL;
    haetae_propagator *propagator = NULL;
    haetae_context *context = NULL;
    struct headers headers = HEADERS("traceparent", from_w3c);

    (void)state;
    assert_int_equal(haetae_propagator_new(&ops, NULL, &propagator), HAETAE_EINVAL);
    ops.name = "";
    assert_int_equal(haetae_propagator_new(&ops, NULL, &propagator), HAETAE_EINVAL);
    ops.name = "good";
    ops.struct_size = 8;
    assert_int_equal(haetae_propagator_new(&ops, NULL, &propagator), HAETAE_EINVAL);
    assert_int_equal(haetae_propagator_composite(&null, 1, &propagator), HAETAE_EINVAL);
    assert_int_equal(haetae_propagator_composite(NULL, 1, &propagator), HAETAE_EINVAL);
    assert_int_equal(haetae_propagator_composite(&null, SIZE_MAX, &propagator), HAETAE_EINVAL);
    assert_null(propagator);
    unsized.struct_size = 0;
    assert_int_equal(haetae_propagator_extract(NULL, NULL, &unsized, &headers, &context),
                     HAETAE_EINVAL);
    assert_int_equal(haetae_propagator_extract(NULL, NULL, &headers_ops, &headers, NULL),
                     HAETAE_EINVAL);
    assert_null(context);
    haetae_propagator_inject(NULL, HAETAE_SPAN_NONE, NULL, &unsized, &headers);
    haetae_propagator_remove(NULL, &unsized, &headers);
    assert_int_equal(headers.count, 1);
}

static void shortage_of_memory_is_reported(void **state)
{
    struct toy toy = {.freed = 0};
    haetae_propagator *mine = new_toy(&toy, "toy");
    haetae_propagator *all = COMPOSITE(named("tracecontext"), named("baggage"), mine);
    struct headers headers =
        HEADERS("traceparent", from_w3c, "tracestate", "k=v", "baggage", "a=1");
    haetae_propagator_ops ops = HAETAE_OPTIONS(haetae_propagator_ops, .name = "x");
    haetae_propagator *propagator = NULL;
    long live = hae_alloc_live_count();
    haetae_context *context = NULL;
    long allocations = 0;

    (void)state;
    for (haetae_status status = HAETAE_ENOMEM; status != HAETAE_OK; allocations++) {
        assert_int_equal(hae_alloc_live_count(), live);
        assert_null(context);
        hae_alloc_fail_after(allocations);
        status =
            haetae_propagator_extract(all, haetae_context_root(), &headers_ops, &headers, &context);
        hae_alloc_fail_after(-1);
        assert_true(status == HAETAE_OK || status == HAETAE_ENOMEM);
    }
    assert_true(allocations > 3);
    haetae_context_unref(context);
    hae_alloc_fail_after(0);
    assert_int_equal(haetae_propagator_new(&ops, NULL, &propagator), HAETAE_ENOMEM);
    hae_alloc_fail_after(0);
    assert_int_equal(
        haetae_propagator_composite((const haetae_propagator *const *)&all, 1, &propagator),
        HAETAE_ENOMEM);
    hae_alloc_fail_after(-1);
    assert_null(propagator);
    haetae_propagator_unref(all);
    haetae_propagator_unref(mine);
    haetae_context_key_free(toy.key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE_TEST(each_propagator_sets_its_own_headers),
        LIVE_TEST(later_propagator_wins_with_all_that_it_says),
        LIVE_TEST(composites_nest),
        LIVE_TEST(own_format_adds_to_what_others_found),
        LIVE_TEST(baggage_before_an_own_format_is_joined_with_what_follows),
        LIVE_TEST(full_context_still_gets_the_span),
        LIVE_TEST(context_that_a_callback_is_shown_can_be_kept),
        LIVE_TEST(stale_headers_are_removed_before_injecting),
        LIVE_TEST(baggage_that_nobody_extracted_goes_on),
        LIVE_TEST(b3_removes_the_headers_of_both_ways),
        LIVE_TEST(carrier_that_removes_nothing_ends_too),
        LIVE_TEST(default_is_w3c_until_another_is_set),
        LIVE_TEST(name_can_be_registered_once),
        LIVE_TEST(arguments_that_are_wrong_are_refused),
        LIVE_TEST(shortage_of_memory_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
