/* SPDX-License-Identifier: Apache-2.0 */
/* W3C Trace Context: the header traceparent. */
#include "haetae/context.h"
#include "support/core_cmocka.h"

static const char valid[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
static const uint8_t trace_id[16] = {0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd,
                                     0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c};
static const uint8_t span_id[8] = {0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31};

/* From a block of its exact size, so that a sanitizer sees any look beyond. */
static haetae_status parse(const char *text, size_t length, haetae_span_context *ret_context)
{
    char *copy = malloc(length != 0 ? length : 1);
    haetae_status status;

    assert_non_null(copy);
    memcpy(copy, text, length);
    status = haetae_traceparent_parse(copy, length, ret_context);
    free(copy);
    return status;
}

static void check_refused(const char *text, size_t length)
{
    haetae_span_context context;
    haetae_span_context before;

    memset(&context, 0x77, sizeof context);
    before = context;
    assert_int_equal(parse(text, length, &context), HAETAE_EFORMAT);
    assert_memory_equal(&context, &before, sizeof context);
}

static void check_accepted(const char *text, uint8_t flags)
{
    haetae_span_context context;

    memset(&context, 0x77, sizeof context);
    assert_int_equal(parse(text, strlen(text), &context), HAETAE_OK);
    assert_memory_equal(context.trace_id, trace_id, sizeof trace_id);
    assert_memory_equal(context.span_id, span_id, sizeof span_id);
    assert_int_equal(context.trace_flags, flags);
    assert_int_equal(context.is_remote, 1);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(context.reserved[i], 0);
    }
}

static void version_00_is_read(void **state)
{
    (void)state;
    check_accepted(valid, 1);
    check_accepted("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", 0);
}

static void every_hex_digit_is_read(void **state)
{
    haetae_span_context context;
    static const uint8_t expected[8] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};

    (void)state;
    assert_int_equal(parse("00-0123456789abcdeffedcba9876543210-0123456789abcdef-01", 55, &context),
                     HAETAE_OK);
    assert_memory_equal(context.span_id, expected, 8);
    assert_memory_equal(context.trace_id, expected, 8);
    assert_int_equal(context.trace_id[15], 0x10);
}

static void later_versions_are_read_as_far_as_known(void **state)
{
    (void)state;
    check_accepted("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", 1);
    check_accepted("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", 0);
    check_accepted("fe-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more-of-it", 1);
    check_accepted("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-", 1);
    /* Flags that only the later version knows are not passed on. */
    check_accepted("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff", 1);
}

static void blanks_around_the_value_are_ignored(void **state)
{
    (void)state;
    check_accepted(" 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", 1);
    check_accepted("\t00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", 1);
    check_accepted("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 ", 1);
    check_accepted("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\t", 1);
    check_accepted(" \t 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00\t\t ", 0);
    check_accepted(" cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more ", 1);
    check_refused(" ", 1);
    check_refused("\t \t", 3);
}

static void only_known_flags_are_read_and_written(void **state)
{
    char text[HAETAE_TRACEPARENT_LENGTH + 1];
    haetae_span_context context;

    (void)state;
    check_accepted("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-02", 2);
    check_accepted("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff", 3);
    check_accepted("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-fc", 0);
    assert_int_equal(parse(valid, strlen(valid), &context), HAETAE_OK);
    context.trace_flags = 0xFE;
    assert_int_equal(haetae_traceparent_format(&context, text, sizeof text),
                     HAETAE_TRACEPARENT_LENGTH);
    assert_string_equal(text + 53, "02");
}

static void malformed_headers_are_refused(void **state)
{
    static const char *const wrong[] = {
        /* version ff, other or none */
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "000-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "FE-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "g0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        " 0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        /* all zero */
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        /* upper case, and what is no digit */
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-B7AD6B7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0A",
        "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333:-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0/",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
        "00-.af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        /* dashes elsewhere */
        "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331_01",
        "000af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0100",
        /* too long for version 00, or not behind a dash in a later one */
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 00",
        "\n00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\v",
        "00- 0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-010",
        /* parts left out */
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-0af7651916cd43dd8448eb211c80319c",
        "00-",
        "",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        check_refused(wrong[i], strlen(wrong[i]));
    }
}

static void header_cut_short_is_refused(void **state)
{
    (void)state;
    for (size_t length = 0; length < HAETAE_TRACEPARENT_LENGTH; length++) {
        check_refused(valid, length);
    }
}

/* At each place, each byte that makes a well-formed header of another value aside. */
static void one_wrong_byte_is_refused_at_every_place(void **state)
{
    char text[sizeof valid];

    (void)state;
    for (size_t at = 0; at < HAETAE_TRACEPARENT_LENGTH; at++) {
        bool dash = valid[at] == '-';

        for (int byte = 0; byte < 256; byte++) {
            bool digit = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');

            memcpy(text, valid, sizeof text);
            text[at] = (char)byte;
            if (dash ? byte != '-' : !digit) {
                check_refused(text, HAETAE_TRACEPARENT_LENGTH);
            }
        }
    }
}

static void null_is_an_error(void **state)
{
    haetae_span_context context;

    (void)state;
    assert_int_equal(haetae_traceparent_parse(NULL, 55, &context), HAETAE_EINVAL);
    assert_int_equal(haetae_traceparent_parse(valid, 55, NULL), HAETAE_EINVAL);
}

/* ---- Formatting ---------------------------------------------------------------------- */

static void what_was_read_is_written_again(void **state)
{
    haetae_span_context context;
    char buffer[60];

    (void)state;
    assert_int_equal(haetae_traceparent_parse(valid, 55, &context), HAETAE_OK);
    memset(buffer, 'x', sizeof buffer);
    assert_int_equal(haetae_traceparent_format(&context, buffer, 56), HAETAE_TRACEPARENT_LENGTH);
    assert_string_equal(buffer, valid);
    assert_int_equal(buffer[56], 'x');
    assert_int_equal(haetae_traceparent_parse(
                         "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x", 57, &context),
                     HAETAE_OK);
    (void)haetae_traceparent_format(&context, buffer, sizeof buffer);
    assert_string_equal(buffer, valid); /* version 00: all that we write */
}

static void nothing_is_written_without_room_or_context(void **state)
{
    haetae_span_context context;
    haetae_span_context invalid;
    char buffer[60];

    (void)state;
    assert_int_equal(haetae_traceparent_parse(valid, 55, &context), HAETAE_OK);
    for (size_t capacity = 1; capacity < 56; capacity++) {
        memset(buffer, 'x', sizeof buffer);
        assert_int_equal(haetae_traceparent_format(&context, buffer, capacity), 0);
        assert_string_equal(buffer, "");
        assert_int_equal(buffer[1], 'x');
    }
    assert_int_equal(haetae_traceparent_format(&context, buffer, 0), 0);
    assert_int_equal(haetae_traceparent_format(&context, NULL, 56), 0);
    assert_int_equal(haetae_traceparent_format(NULL, buffer, 56), 0);
    invalid = context;
    memset(invalid.trace_id, 0, 16);
    assert_int_equal(haetae_traceparent_format(&invalid, buffer, 56), 0);
    invalid = context;
    memset(invalid.span_id, 0, 8);
    assert_int_equal(haetae_traceparent_format(&invalid, buffer, 56), 0);
    assert_string_equal(buffer, "");
}

static void context_is_valid_with_both_ids(void **state)
{
    haetae_span_context context;

    (void)state;
    memset(&context, 0, sizeof context);
    assert_false(haetae_span_context_is_valid(NULL));
    assert_false(haetae_span_context_is_valid(&context));
    for (int at = 0; at < 16; at++) {
        memset(&context, 0, sizeof context);
        context.trace_id[at] = 1;
        assert_false(haetae_span_context_is_valid(&context));
        context.span_id[at / 2] = 1;
        assert_true(haetae_span_context_is_valid(&context));
        context.trace_id[at] = 0;
        assert_false(haetae_span_context_is_valid(&context));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_00_is_read),
        cmocka_unit_test(every_hex_digit_is_read),
        cmocka_unit_test(later_versions_are_read_as_far_as_known),
        cmocka_unit_test(blanks_around_the_value_are_ignored),
        cmocka_unit_test(only_known_flags_are_read_and_written),
        cmocka_unit_test(malformed_headers_are_refused),
        cmocka_unit_test(header_cut_short_is_refused),
        cmocka_unit_test(one_wrong_byte_is_refused_at_every_place),
        cmocka_unit_test(null_is_an_error),
        cmocka_unit_test(what_was_read_is_written_again),
        cmocka_unit_test(nothing_is_written_without_room_or_context),
        cmocka_unit_test(context_is_valid_with_both_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
