/* SPDX-License-Identifier: Apache-2.0 */
/* Several propagators together: W3C, and others that this file brings. */
#include "propagation/propagator.h"

#include "context/context.h"
#include "propagation/w3c.h"
#include "support/core_cmocka.h"

enum { HEADERS_MAX = 8 };

/* A carrier whose text is valid until the next get, as the API allows, and no longer. */
struct carrier {
    const char *names[HEADERS_MAX];
    char values[HEADERS_MAX][128];
    size_t count;
    char given[128];
};

static void set_header(void *user, const char *name, const char *value)
{
    struct carrier *carrier = user;

    assert_true(carrier->count < HEADERS_MAX);
    assert_true(strlen(value) < sizeof carrier->values[0]);
    carrier->names[carrier->count] = name;
    strcpy(carrier->values[carrier->count++], value);
}

static const char *get_header(void *user, const char *name)
{
    struct carrier *carrier = user;

    memset(carrier->given, '!', sizeof carrier->given - 1); /* what was given before is over */
    for (size_t i = 0; i < carrier->count; i++) {
        if (strcmp(carrier->names[i], name) == 0) {
            return strcpy(carrier->given, carrier->values[i]);
        }
    }
    return NULL;
}

/* A second format of a span context: one header, the ids in raw text. */
static void toy_inject(const struct hae_carried *carried, haetae_carrier_set set, void *carrier)
{
    char value[8 + 1] = {0};

    if (haetae_span_context_is_valid(&carried->span)) {
        memset(value, carried->span.trace_id[0], 4);
        memset(value + 4, carried->span.span_id[0], 4);
        set(carrier, "toy", value);
    }
}

static haetae_status toy_extract(const struct hae_headers *headers, struct hae_carried *carried)
{
    const char *value = hae_header(headers, "toy", 0);

    if (value == NULL || strlen(value) != 8) {
        return HAETAE_EFORMAT;
    }
    memset(carried->span.trace_id, value[0], 16);
    memset(carried->span.span_id, value[4], 8);
    carried->span.is_remote = 1;
    return HAETAE_OK;
}

static const char *const toy_fields[] = {"toy", NULL};
static const struct hae_propagator toy = {"toy", toy_fields, toy_inject, toy_extract};

/* One that carries no span context, but a value of the thread's context. */
static haetae_context_key value_key = HAE_CONTEXT_KEY("value");

static void value_inject(const struct hae_carried *carried, haetae_carrier_set set, void *carrier)
{
    const char *value = haetae_context_value(NULL, &value_key);

    (void)carried;
    if (value != NULL) {
        set(carrier, "value", value);
    }
}

static haetae_status value_extract(const struct hae_headers *headers, struct hae_carried *carried)
{
    (void)carried;
    return hae_header(headers, "value", 0) != NULL ? HAETAE_OK : HAETAE_EFORMAT;
}

static const char *const value_fields[] = {"value", NULL};
static const struct hae_propagator values = {"value", value_fields, value_inject, value_extract};

static struct hae_carried carried_of(uint8_t trace, uint8_t span, const char *trace_state)
{
    struct hae_carried carried = {.carrier_text = haetae_string_of(trace_state)};

    carried.trace_state.length = (uint32_t)carried.carrier_text.length;
    strcpy(carried.trace_state.text, trace_state != NULL ? trace_state : "");
    memset(carried.span.trace_id, trace, 16);
    memset(carried.span.span_id, span, 8);
    return carried;
}

static haetae_status extract(const struct hae_propagator *const *items, size_t count,
                             struct carrier *carrier, struct hae_carried *ret_carried)
{
    struct hae_propagators propagators = {items, count};
    struct hae_headers headers = {.get = get_header, .carrier = carrier};

    return hae_propagators_extract(&propagators, &headers, ret_carried);
}

static const char from_w3c[] = "00-11111111111111111111111111111111-2222222222222222-01";

/* ---- Injecting ------------------------------------------------------------------------- */

static void each_propagator_sets_its_own_headers(void **state)
{
    const struct hae_propagator *const items[] = {&hae_propagator_w3c, &toy, &values};
    struct hae_propagators propagators = {items, 3};
    struct hae_carried carried = carried_of('a', 'b', "k=v");
    haetae_context *context = NULL;
    char seven[] = "seven";
    struct carrier carrier = {.count = 0};
    haetae_context_token token;

    (void)state;
    assert_int_equal(haetae_context_with_value(NULL, &value_key, seven, NULL, &context), HAETAE_OK);
    haetae_context_attach_context(context, &token);
    hae_propagators_inject(&propagators, &carried, set_header, &carrier);
    haetae_context_detach(&token);
    haetae_context_unref(context);
    assert_int_equal(carrier.count, 4);
    assert_string_equal(get_header(&carrier, "traceparent"),
                        "00-61616161616161616161616161616161-6262626262626262-00");
    assert_string_equal(get_header(&carrier, "tracestate"), "k=v");
    assert_string_equal(get_header(&carrier, "toy"), "aaaabbbb");
    assert_string_equal(get_header(&carrier, "value"), "seven");
}

static void nothing_to_carry_sets_nothing(void **state)
{
    const struct hae_propagator *const items[] = {&hae_propagator_w3c, &toy, &values};
    struct hae_propagators propagators = {items, 3};
    struct hae_carried nothing = carried_of(0, 0, "k=v");
    struct carrier carrier = {.count = 0};

    (void)state;
    hae_propagators_inject(&propagators, &nothing, set_header, &carrier);
    assert_int_equal(carrier.count, 0);
    hae_propagators_inject(&(struct hae_propagators){NULL, 0}, &nothing, set_header, &carrier);
    assert_int_equal(carrier.count, 0);
}

static void only_announced_headers_are_set(void **state)
{
    struct hae_carried carried = carried_of('a', 'b', "k=v");
    struct carrier carrier = {.count = 0};

    (void)state;
    hae_propagator_w3c.inject(&carried, set_header, &carrier);
    assert_int_equal(carrier.count, 2);
    for (size_t i = 0; i < carrier.count; i++) {
        assert_string_equal(carrier.names[i], hae_propagator_w3c.fields[i]);
    }
    assert_null(hae_propagator_w3c.fields[carrier.count]);
    assert_string_equal(hae_propagator_w3c.name, "tracecontext");
}

/* ---- Extracting ------------------------------------------------------------------------ */

static void what_one_propagator_lacks_another_finds(void **state)
{
    const struct hae_propagator *const items[] = {&hae_propagator_w3c, &toy};
    struct hae_carried carried = carried_of(0, 0, NULL);
    struct carrier carrier = {.count = 0};

    (void)state;
    set_header(&carrier, "toy", "ttttssss");
    assert_int_equal(extract(items, 2, &carrier, &carried), HAETAE_OK);
    assert_int_equal(carried.span.trace_id[0], 't');
    assert_int_equal(carried.trace_state.length, 0);

    carrier.count = 0;
    set_header(&carrier, "traceparent", from_w3c);
    assert_int_equal(extract(items, 2, &carrier, &carried), HAETAE_OK);
    assert_int_equal(carried.span.trace_id[0], 0x11);
}

static void later_propagator_wins_with_all_that_it_says(void **state)
{
    const struct hae_propagator *const w3c_last[] = {&toy, &hae_propagator_w3c};
    const struct hae_propagator *const toy_last[] = {&hae_propagator_w3c, &toy};
    struct hae_carried carried;
    struct carrier carrier = {.count = 0};

    (void)state;
    set_header(&carrier, "traceparent", from_w3c);
    set_header(&carrier, "tracestate", "k=v");
    set_header(&carrier, "toy", "ttttssss");
    assert_int_equal(extract(w3c_last, 2, &carrier, &carried), HAETAE_OK);
    assert_int_equal(carried.span.trace_id[0], 0x11);
    assert_string_equal(carried.carrier_text.data, "k=v");
    assert_int_equal(extract(toy_last, 2, &carrier, &carried), HAETAE_OK);
    assert_int_equal(carried.span.trace_id[0], 't');
    assert_int_equal(carried.trace_state.length, 0); /* it was of another trace */
}

static void text_is_good_although_others_asked_the_carrier_afterwards(void **state)
{
    const struct hae_propagator *const items[] = {&hae_propagator_w3c, &toy, &values};
    struct hae_carried carried;
    struct carrier carrier = {.count = 0};

    (void)state;
    set_header(&carrier, "traceparent", from_w3c);
    set_header(&carrier, "tracestate", "k=v");
    assert_int_equal(extract(items, 3, &carrier, &carried), HAETAE_OK);
    assert_string_equal(carried.trace_state.text, "k=v");
    assert_int_equal(carried.carrier_text.length, 3);
    assert_string_equal(carried.carrier_text.data, "k=v");
    set_header(&carrier, "value", "seven");
    assert_int_equal(extract(items, 3, &carrier, &carried), HAETAE_OK);
    assert_string_equal(carried.carrier_text.data, "k=v");
}

static void failure_of_all_touches_nothing(void **state)
{
    const struct hae_propagator *const items[] = {&hae_propagator_w3c, &toy};
    struct hae_carried carried = carried_of(0x77, 0x78, "before");
    struct carrier carrier = {.count = 0};

    (void)state;
    assert_int_equal(extract(items, 2, &carrier, &carried), HAETAE_EFORMAT);
    set_header(&carrier, "traceparent", "00-malformed");
    set_header(&carrier, "toy", "short");
    assert_int_equal(extract(items, 2, &carrier, &carried), HAETAE_EFORMAT);
    assert_int_equal(extract(NULL, 0, &carrier, &carried), HAETAE_EFORMAT);
    assert_int_equal(carried.span.trace_id[0], 0x77);
    assert_string_equal(carried.carrier_text.data, "before");
}

static void success_without_a_span_context_carries_none(void **state)
{
    const struct hae_propagator *const items[] = {&hae_propagator_w3c, &values};
    struct hae_carried carried = carried_of(0x77, 0x78, "before");
    struct carrier carrier = {.count = 0};

    (void)state;
    set_header(&carrier, "value", "seven");
    assert_int_equal(extract(items, 2, &carrier, &carried), HAETAE_OK);
    assert_false(haetae_span_context_is_valid(&carried.span));
    assert_int_equal(carried.trace_state.length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_propagator_sets_its_own_headers),
        cmocka_unit_test(nothing_to_carry_sets_nothing),
        cmocka_unit_test(only_announced_headers_are_set),
        cmocka_unit_test(what_one_propagator_lacks_another_finds),
        cmocka_unit_test(later_propagator_wins_with_all_that_it_says),
        cmocka_unit_test(text_is_good_although_others_asked_the_carrier_afterwards),
        cmocka_unit_test(failure_of_all_touches_nothing),
        cmocka_unit_test(success_without_a_span_context_carries_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
