/* SPDX-License-Identifier: Apache-2.0 */
/* What a service that goes between two others makes of the headers of a request: W3C Trace Context,
 * Level 2. The service starts a server span, and a client span in it, as any would. */
#include "propagation/headers.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN  "00f067aa0ba902b7"

static int set_up(void **state)
{
    struct core_fixture *core = calloc(1, sizeof *core);

    assert_non_null(core);
    core_begin(core, 0, 4);
    assert_true(hae_sampling_set(&core->traces.sampling, "parentbased_always_on", 1.0));
    *state = core;
    return 0;
}

static int tear_down(void **state)
{
    core_end(*state);
    free(*state);
    return 0;
}

/* The headers of the request that the service makes. */
static struct headers pass(struct core_fixture *core, struct headers *incoming)
{
    struct headers outgoing = {.count = 0};
    haetae_span_context remote;
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    haetae_context_token token;
    haetae_span server;
    haetae_span client;

    if (haetae_context_extract_all(headers_get_all, incoming, &remote) == HAETAE_OK) {
        options.parent = &remote;
    }
    server = haetae_span_start_with(core->tracer, HAETAE_TEXT("serve"), &options);
    haetae_context_attach(server, &token);
    client = haetae_span_start(core->tracer, HAETAE_TEXT("call"), HAETAE_SPAN_KIND_CLIENT);
    haetae_context_inject(client, headers_set, &outgoing);
    haetae_context_detach(&token);
    haetae_span_end(client);
    haetae_span_end(server);
    return outgoing;
}

/* The service goes on with the trace, with these flags and this tracestate. */
static void check_goes_on(struct core_fixture *core, struct headers *incoming, const char *flags,
                          const char *tracestate)
{
    struct headers outgoing = pass(core, incoming);
    const char *parent = headers_only(&outgoing, "traceparent");
    const char *found = headers_only(&outgoing, "tracestate");

    assert_non_null(parent);
    assert_int_equal(strlen(parent), HAETAE_TRACEPARENT_LENGTH);
    assert_memory_equal(parent, "00-" TRACE "-", 36);
    assert_memory_not_equal(parent + 36, SPAN, 16);
    assert_string_equal(parent + 53, flags);
    assert_string_equal(found != NULL ? found : "", tracestate);
}

/* The service begins a trace of its own: sampled, with a random id, without a tracestate. */
static void check_begins(struct core_fixture *core, struct headers *incoming)
{
    struct headers outgoing = pass(core, incoming);
    const char *parent = headers_only(&outgoing, "traceparent");
    haetae_span_context context;

    assert_non_null(parent);
    assert_int_equal(haetae_traceparent_parse(parent, strlen(parent), &context), HAETAE_OK);
    assert_memory_not_equal(parent + 3, TRACE, 32);
    assert_string_equal(parent + 53, "03");
    assert_null(headers_only(&outgoing, "tracestate"));
}

static struct headers one(const char *name, const char *value)
{
    struct headers headers = {.count = 0};

    headers_set(&headers, name, value);
    return headers;
}

static struct headers traced(void)
{
    return one("traceparent", "00-" TRACE "-" SPAN "-01");
}

static void check_traceparent(struct core_fixture *core, const char *value, const char *flags)
{
    struct headers headers = one("traceparent", value);

    if (flags != NULL) {
        check_goes_on(core, &headers, flags, "");
    } else {
        check_begins(core, &headers);
    }
}

static void check_tracestate(struct core_fixture *core, const char *value, const char *expected)
{
    struct headers headers = traced();

    headers_set(&headers, "tracestate", value);
    check_goes_on(core, &headers, "01", expected);
}

/* ---- traceparent ----------------------------------------------------------------------- */

static void request_without_headers_begins_a_trace(void **state)
{
    struct headers headers = {.count = 0};

    check_begins(*state, &headers);
    headers = one("trace-parent", "00-" TRACE "-" SPAN "-01");
    check_begins(*state, &headers);
}

static void name_of_a_header_may_have_any_case(void **state)
{
    struct headers headers = one("TraceParent", "00-" TRACE "-" SPAN "-01");

    headers_set(&headers, "TRACESTATE", "a=1");
    check_goes_on(*state, &headers, "01", "a=1");
}

static void header_that_comes_twice_begins_a_trace(void **state)
{
    struct headers headers = traced();

    headers_set(&headers, "traceparent", "00-" TRACE "-" SPAN "-01");
    headers_set(&headers, "tracestate", "a=1");
    check_begins(*state, &headers);
    check_traceparent(*state, "00-" TRACE "-" SPAN "-01,00-" TRACE "-" SPAN "-01", NULL);
}

static void only_the_flags_of_the_specification_are_passed_on(void **state)
{
    check_traceparent(*state, "00-" TRACE "-" SPAN "-00", "00");
    check_traceparent(*state, "00-" TRACE "-" SPAN "-01", "01");
    check_traceparent(*state, "00-" TRACE "-" SPAN "-02", "02");
    check_traceparent(*state, "00-" TRACE "-" SPAN "-03", "03");
    check_traceparent(*state, "00-" TRACE "-" SPAN "-ff", "03");
    check_traceparent(*state, "00-" TRACE "-" SPAN "-fc", "00");
}

static void blanks_around_traceparent_are_ignored(void **state)
{
    check_traceparent(*state, " 00-" TRACE "-" SPAN "-01", "01");
    check_traceparent(*state, "\t 00-" TRACE "-" SPAN "-01 \t", "01");
}

static void versions_are_told_apart(void **state)
{
    check_traceparent(*state, "cc-" TRACE "-" SPAN "-01", "01");
    check_traceparent(*state, "cc-" TRACE "-" SPAN "-01-what-comes-later", "01");
    check_traceparent(*state, "cc-" TRACE "-" SPAN "-01.what-comes-later", NULL);
    check_traceparent(*state, "00-" TRACE "-" SPAN "-01-what-comes-later", NULL);
    check_traceparent(*state, "ff-" TRACE "-" SPAN "-01", NULL);
    check_traceparent(*state, "0-" TRACE "-" SPAN "-01", NULL);
    check_traceparent(*state, "000-" TRACE "-" SPAN "-01", NULL);
}

static void malformed_ids_begin_a_trace(void **state)
{
    check_traceparent(*state, "00-00000000000000000000000000000000-" SPAN "-01", NULL);
    check_traceparent(*state, "00-" TRACE "-0000000000000000-01", NULL);
    check_traceparent(*state, "00-" TRACE "0-" SPAN "-01", NULL);
    check_traceparent(*state, "00-" TRACE "-" SPAN "0-01", NULL);
    check_traceparent(*state, "00-" TRACE "-" SPAN "-001", NULL);
    check_traceparent(*state, "00-" TRACE "-" SPAN "-1", NULL);
    check_traceparent(*state, "00-" TRACE "-" SPAN "-.0", NULL);
    check_traceparent(*state, "00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01", NULL);
}

/* ---- tracestate ------------------------------------------------------------------------- */

static void tracestate_without_traceparent_is_left_out(void **state)
{
    struct headers headers = one("tracestate", "a=1");

    check_begins(*state, &headers);
    headers_set(&headers, "traceparent", "00-malformed");
    check_begins(*state, &headers);
}

static void blanks_between_members_are_left_out(void **state)
{
    check_tracestate(*state, "a=1 \t , \t b=2,\tc=3", "a=1,b=2,c=3");
    check_tracestate(*state, "\t a=1 \t", "a=1");
    check_tracestate(*state, " ", "");
    check_tracestate(*state, "a=1,,b=2", "a=1,b=2");
}

static void malformed_member_discards_all_of_them(void **state)
{
    check_tracestate(*state, "b=1,A=2", "");
    check_tracestate(*state, "b=1,a =2", "");
    check_tracestate(*state, "b=1,a.b=2", "");
    check_tracestate(*state, "b=1,@a=2", "");
    check_tracestate(*state, "b=1,a=", "");
    check_tracestate(*state, "b=1,a=c=d", "");
    check_tracestate(*state, "b=1,a", "");
    check_tracestate(*state, "b=1,a@=2,a@@b=3", "b=1,a@=2,a@@b=3");
}

static void members_of_several_headers_are_put_together(void **state)
{
    struct headers headers = traced();

    headers_set(&headers, "tracestate", "");
    headers_set(&headers, "tracestate", "a=1,b=2");
    headers_set(&headers, "TraceState", "c=3,a=4");
    headers_set(&headers, "tracestate", "");
    headers_set(&headers, "tracestate", "d=5");
    check_goes_on(*state, &headers, "01", "a=1,b=2,c=3,d=5");
    headers_set(&headers, "tracestate", "E=6");
    check_goes_on(*state, &headers, "01", "");
}

static void members_above_32_discard_all_of_them(void **state)
{
    struct headers headers = traced();
    char expected[512] = "";
    size_t at = 0;

    for (int i = 0; i < 32; i++) {
        char member[16];

        sprintf(member, "k%02d=%02d", i, i);
        headers_set(&headers, "tracestate", member);
        at += (size_t)sprintf(expected + at, "%s%s", i != 0 ? "," : "", member);
    }
    check_goes_on(*state, &headers, "01", expected);
    headers_set(&headers, "tracestate", "k32=32");
    check_goes_on(*state, &headers, "01", "");
}

static void keys_above_256_characters_discard_all_members(void **state)
{
    char text[HEADER_SIZE];

    memset(text, 'z', 257);
    strcpy(text + 256, "=1");
    check_tracestate(*state, text, text);
    memset(text, 'z', 257);
    strcpy(text + 257, "=1,b=2");
    check_tracestate(*state, text, "");
}

/* ---- Getters ---------------------------------------------------------------------------- */

static void getter_of_one_value_gets_the_same(void **state)
{
    struct headers headers = traced();
    haetae_span_context context;
    haetae_trace_state text;
    haetae_string seen = {"x", 1};

    (void)state;
    headers_set(&headers, "tracestate", " a=1\t,b=2 ");
    assert_int_equal(haetae_context_extract(headers_get, &headers, &context, &seen), HAETAE_OK);
    assert_true(haetae_span_context_get_trace_state(&context, &text));
    assert_string_equal(text.text, "a=1,b=2");
    assert_int_equal(seen.length, strlen(" a=1\t,b=2 "));
    assert_memory_equal(seen.data, " a=1\t,b=2 ", seen.length);
}

static void failure_touches_nothing(void **state)
{
    struct headers headers = one("traceparent", "00-malformed");
    haetae_span_context context;

    (void)state;
    memset(&context, 0x33, sizeof context);
    assert_int_equal(haetae_context_extract_all(headers_get_all, &headers, &context),
                     HAETAE_EFORMAT);
    assert_int_equal(haetae_context_extract_all(NULL, &headers, &context), HAETAE_EINVAL);
    assert_int_equal(haetae_context_extract_all(headers_get_all, &headers, NULL), HAETAE_EINVAL);
    assert_int_equal(context.trace_id[0], 0x33);
}

#define W3C_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        W3C_TEST(request_without_headers_begins_a_trace),
        W3C_TEST(name_of_a_header_may_have_any_case),
        W3C_TEST(header_that_comes_twice_begins_a_trace),
        W3C_TEST(only_the_flags_of_the_specification_are_passed_on),
        W3C_TEST(blanks_around_traceparent_are_ignored),
        W3C_TEST(versions_are_told_apart),
        W3C_TEST(malformed_ids_begin_a_trace),
        W3C_TEST(tracestate_without_traceparent_is_left_out),
        W3C_TEST(blanks_between_members_are_left_out),
        W3C_TEST(malformed_member_discards_all_of_them),
        W3C_TEST(members_of_several_headers_are_put_together),
        W3C_TEST(members_above_32_discard_all_of_them),
        W3C_TEST(keys_above_256_characters_discard_all_members),
        W3C_TEST(getter_of_one_value_gets_the_same),
        W3C_TEST(failure_touches_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
