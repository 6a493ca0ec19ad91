/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/reader.h"

#include "golden/golden.h"
#include "support/core_cmocka.h"

/* Reads all fields; returns how many, or -1 when it stopped before the end. Each
 * field lies within the bounds. */
static int read_all(const uint8_t *data, size_t size)
{
    struct hae_reader reader = hae_reader_over(data, size);
    struct hae_field field;
    const uint8_t *last = data;
    int count = 0;

    while (hae_read_field(&reader, &field)) {
        assert_ptr_equal(field.start, last);
        assert_true(reader.at > last && reader.at <= data + size);
        assert_int_not_equal(field.number, 0);
        if (field.type == HAE_WIRE_LENGTH) {
            assert_true(field.data >= field.start && field.data <= reader.at);
            assert_ptr_equal(field.data + field.size_bytes, reader.at);
        }
        last = reader.at;
        count++;
    }
    assert_ptr_equal(reader.at, last); /* what failed was not consumed */
    return reader.at == reader.end ? count : -1;
}

static void reader_finds_the_fields_of_a_message(void **state)
{
    struct hae_reader reader = hae_reader_over(golden_span_minimal, sizeof golden_span_minimal);
    static const struct {
        uint32_t number;
        enum hae_wire_type type;
    } expected[] = {{1, HAE_WIRE_LENGTH}, {2, HAE_WIRE_LENGTH},  {5, HAE_WIRE_LENGTH},
                    {6, HAE_WIRE_VARINT}, {7, HAE_WIRE_FIXED64}, {8, HAE_WIRE_FIXED64}};
    struct hae_field fields[6];

    (void)state;
    for (int i = 0; i < 6; i++) {
        assert_true(hae_read_field(&reader, &fields[i]));
        assert_int_equal(fields[i].number, expected[i].number);
        assert_int_equal(fields[i].type, expected[i].type);
    }
    assert_false(hae_read_field(&reader, &fields[0]));
    assert_ptr_equal(reader.at, reader.end);
    assert_int_equal(fields[0].size_bytes, 16);
    assert_int_equal(fields[0].data[15], 0xAF);
    assert_int_equal(fields[2].data[0], 'a');
    assert_int_equal(fields[3].value, 1);
    assert_int_equal(fields[4].value, UINT64_C(1700000000000000000));
    assert_int_equal(fields[5].value, UINT64_C(1700000000123456789));
}

static void reader_reads_field_numbers_of_several_bytes(void **state)
{
    static const uint8_t flags[] = {0x85, 0x01, 0x01, 0x03, 0x00, 0x00}; /* 16, fixed32 */
    static const uint8_t largest[] = {0xF8, 0xFF, 0xFF, 0xFF, 0x0F, 0x05};
    struct hae_reader reader = hae_reader_over(flags, sizeof flags);
    struct hae_field field;

    (void)state;
    assert_true(hae_read_field(&reader, &field));
    assert_int_equal(field.number, 16);
    assert_int_equal(field.value, 0x301);
    reader = hae_reader_over(largest, sizeof largest);
    assert_true(hae_read_field(&reader, &field));
    assert_int_equal(field.number, 0x1FFFFFFF);
    assert_int_equal(field.value, 5);
}

/* Copied to a block of the exact size, so that a sanitizer sees a read beyond it. */
static int read_copy(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size != 0 ? size : 1);
    int count;

    assert_non_null(copy);
    memcpy(copy, data, size);
    count = read_all(copy, size);
    free(copy);
    return count;
}

static void message_cut_short_is_read_up_to_the_cut(void **state)
{
    int whole = read_copy(golden_span_full, sizeof golden_span_full);
    int last = 0;

    (void)state;
    assert_true(whole > 12);
    for (size_t size = 0; size < sizeof golden_span_full; size++) {
        int count = read_copy(golden_span_full, size);

        /* Cut between two fields it is a shorter message. */
        if (count >= 0) {
            assert_true(count == last || count == last + 1);
            last = count;
        }
    }
    assert_int_equal(last, whole - 1);
}

static void every_byte_of_a_message_may_be_wrong(void **state)
{
    uint8_t copy[sizeof golden_span_full];

    (void)state;
    for (size_t at = 0; at < sizeof copy; at++) {
        memcpy(copy, golden_span_full, sizeof copy);
        for (int value = 0; value < 256; value++) {
            copy[at] = (uint8_t)value;
            (void)read_copy(copy, sizeof copy);
        }
    }
}

static void what_is_not_a_field_is_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } wrong[] = {
        {"\x00\x01", 2},                 /* field 0                          */
        {"\x02\x00", 2},                 /* field 0, length-delimited        */
        {"\x0B\x0C", 2},                 /* a group                          */
        {"\x0C", 1},                     /* the end of one                   */
        {"\x0E\x01", 2},                 /* wire type 6                      */
        {"\x0F\x01", 2},                 /* wire type 7                      */
        {"\x80\x80\x80\x80\x10\x01", 6}, /* a tag above 32 bits              */
        {"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 11},
        {"\x08", 1},                             /* no value                         */
        {"\x08\x80", 2},                         /* half a value                     */
        {"\x09\x01\x02\x03\x04\x05\x06\x07", 8}, /* 7 bytes of 8                 */
        {"\x0D\x01\x02\x03", 4},                 /* 3 bytes of 4                     */
        {"\x0A", 1},                             /* no length                        */
        {"\x0A\x02"
         "a",
         3}, /* a length beyond the end          */
        {"\x0A\xFF\xFF\xFF\xFF\x0F"
         "a",
         7}, /* 4 GiB                            */
        {"\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"
         "a",
         12}, /* 2^64 - 1    */
        {"\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F"
         "a",
         11},                                /* 2^63 - 1    */
        {"\x8A\x80\x80\x80\x80\x00\x00", 7}, /* a tag of six bytes               */
        {"\x0A\x80\x80\x80\x80\x80\x00", 7}, /* a length of six                  */
        {"\x80", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(read_copy((const uint8_t *)wrong[i].bytes, wrong[i].size), -1);
    }
    assert_int_equal(read_copy((const uint8_t *)"", 0), 0);
    assert_int_equal(read_copy((const uint8_t *)"\x0A\x00", 2), 1);
}

static void outputs_are_untouched_when_nothing_is_read(void **state)
{
    struct hae_reader reader = hae_reader_over((const uint8_t *)"\x0A\x05", 2);
    struct hae_field field = {.number = 77, .size_bytes = 88};

    (void)state;
    assert_false(hae_read_field(&reader, &field));
    assert_int_equal(field.number, 77);
    assert_int_equal(field.size_bytes, 88);
}

static void random_bytes_are_survived(void **state)
{
    uint32_t random = 1;
    uint8_t bytes[64];

    (void)state;
    for (int i = 0; i < 100000; i++) {
        for (size_t at = 0; at < sizeof bytes; at++) {
            random = random * 1664525u + 1013904223u;
            bytes[at] = (uint8_t)(random >> 24);
        }
        (void)read_all(bytes, random >> 8 & 63);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reader_finds_the_fields_of_a_message),
        cmocka_unit_test(reader_reads_field_numbers_of_several_bytes),
        cmocka_unit_test(message_cut_short_is_read_up_to_the_cut),
        cmocka_unit_test(every_byte_of_a_message_may_be_wrong),
        cmocka_unit_test(what_is_not_a_field_is_refused),
        cmocka_unit_test(outputs_are_untouched_when_nothing_is_read),
        cmocka_unit_test(random_bytes_are_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
