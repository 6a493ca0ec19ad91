/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that the decoder refuses. */
#include "decode_fixture.h"

static void check_malformed(struct fixture *fixture, const char *body, size_t length)
{
    assert_int_equal(decode(fixture, HAE_VIEW_TRACES, body, length), HAE_VIEW_DECODE_MALFORMED);
    assert_true(strlen(hae_view_decode_problem(fixture->decoder)) > 0);
    assert_int_equal(look(fixture)->totals.counts.spans, 0);
}

#define CHECK_MALFORMED(state, literal) check_malformed(state, literal, sizeof literal - 1)

static void broken_wire_format_is_refused(void **state)
{
    CHECK_MALFORMED(*state, "\xff");                         /* a tag cut short          */
    CHECK_MALFORMED(*state, "\x0a\x05\x12");                 /* longer than the body     */
    CHECK_MALFORMED(*state, "\x0a\xff\xff\xff\xff\x7f");     /* far longer               */
    CHECK_MALFORMED(*state, "\x0a\x80\x80\x80\x80\x80\x00"); /* a length of six bytes    */
    CHECK_MALFORMED(*state, "\x00\x00");                     /* field number 0           */
    CHECK_MALFORMED(*state, "\x0b\x0c");                     /* a group                  */
    CHECK_MALFORMED(*state, "\x08\x01");                     /* wrong type for the field */
    /* A valid span before the malformed one is not accepted either. */
    CHECK_MALFORMED(*state, "\x0a\x06\x12\x04\x12\x00\x12\x05");
    CHECK_MALFORMED(*state, "hello, this is not protobuf");
}

static void text_that_is_not_utf8_is_refused(void **state)
{
    /* span { name: "\xff" } */
    CHECK_MALFORMED(*state, "\x0a\x07\x12\x05\x12\x03\x2a\x01\xff");
    assert_string_equal(hae_view_decode_problem(((struct fixture *)*state)->decoder),
                        "Span.name: not valid UTF-8");
}

/* Wraps `bytes` into a length-delimited field, in place: it grows to the front. */
static uint8_t *wrap(uint8_t *front, size_t *length, uint8_t tag)
{
    uint8_t header[6] = {tag};
    size_t used = 1;
    size_t left = *length;
    do {
        header[used++] = (uint8_t)((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
        left >>= 7;
    } while (left > 0);
    front -= used;
    memcpy(front, header, used);
    *length += used;
    return front;
}

static void values_nested_without_end_are_refused(void **state)
{
    /* log { body: [[[[...]]]] } */
    const size_t levels = 200000;
    const size_t size = levels * 12 + 64;
    uint8_t *memory = malloc(size);
    assert_non_null(memory);
    uint8_t *front = memory + size;
    size_t length = 0;
    for (size_t i = 0; i < levels; i++) {
        front = wrap(front, &length, 0x0a); /* ArrayValue.values */
        front = wrap(front, &length, 0x2a); /* AnyValue.array_value */
    }
    front = wrap(front, &length, 0x2a); /* LogRecord.body */
    front = wrap(front, &length, 0x12);
    front = wrap(front, &length, 0x12);
    front = wrap(front, &length, 0x0a);
    assert_int_equal(decode(*state, HAE_VIEW_LOGS, front, length), HAE_VIEW_DECODE_MALFORMED);
    assert_non_null(
        strstr(hae_view_decode_problem(((struct fixture *)*state)->decoder), "too deep"));
    free(memory);
}

static void items_that_would_grow_too_large_are_refused(void **state)
{
    /* A span of a million empty events: two bytes each here, a struct each unpacked. */
    const size_t events = 1000000;
    const size_t size = 2 * events + 64;
    uint8_t *memory = malloc(size);
    assert_non_null(memory);
    uint8_t *front = memory + size - 2 * events;
    size_t length = 2 * events;
    for (size_t i = 0; i < events; i++) {
        memcpy(front + 2 * i, "\x5a\x00", 2);
    }
    front = wrap(front, &length, 0x12);
    front = wrap(front, &length, 0x12);
    front = wrap(front, &length, 0x0a);
    assert_int_equal(decode(*state, HAE_VIEW_TRACES, front, length), HAE_VIEW_DECODE_TOO_LARGE);
    assert_int_equal(look(*state)->totals.counts.spans, 0);
    free(memory);
}

static void messages_given_over_and_over_are_refused(void **state)
{
    /* span { status, status, status, ... }: merging each into the next would take quadratic
     * time. */
    uint8_t memory[1024];
    size_t length = 2 * 200;
    uint8_t *front = memory + sizeof memory - length;
    for (size_t i = 0; i < 200; i++) {
        memcpy(front + 2 * i, "\x7a\x00", 2);
    }
    front = wrap(front, &length, 0x12);
    front = wrap(front, &length, 0x12);
    front = wrap(front, &length, 0x0a);
    assert_int_equal(decode(*state, HAE_VIEW_TRACES, front, length), HAE_VIEW_DECODE_MALFORMED);
}

static void a_message_given_twice_is_merged(void **state)
{
    /* span { status { code: ERROR }, status { message: "m" } } */
    const char body[] = "\x0a\x0d\x12\x0b\x12\x09\x7a\x02\x18\x02\x7a\x03\x12\x01m";
    assert_int_equal(decode(*state, HAE_VIEW_TRACES, body, sizeof body - 1), HAE_VIEW_DECODED);
    assert_string_equal(look(*state)->errors[0].text, ": m");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_decoder(broken_wire_format_is_refused),
        with_decoder(text_that_is_not_utf8_is_refused),
        with_decoder(values_nested_without_end_are_refused),
        with_decoder(items_that_would_grow_too_large_are_refused),
        with_decoder(messages_given_over_and_over_are_refused),
        with_decoder(a_message_given_twice_is_merged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
