/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/reader.h"

#include "support/core_cmocka.h"

/* The size by the definition: seven bits a byte. */
static size_t size_by_counting(uint64_t value)
{
    size_t size = 1;

    for (; value >= 128; value /= 128) {
        size++;
    }
    return size;
}

static void check(uint64_t value)
{
    uint8_t bytes[HAE_VARINT_MAX + 1];
    struct hae_reader reader;
    uint64_t read = ~value;
    size_t size;

    memset(bytes, 0xEE, sizeof bytes);
    size = (size_t)(hae_put_varint(bytes, value) - bytes);
    assert_int_equal(size, size_by_counting(value));
    assert_int_equal(hae_varint_size(value), size);
    assert_int_equal(bytes[size], 0xEE);
    reader = hae_reader_over(bytes, size);
    assert_true(hae_read_varint(&reader, &read));
    assert_int_equal(read, value);
    assert_ptr_equal(reader.at, bytes + size);
    for (size_t cut = 0; cut < size; cut++) {
        reader = hae_reader_over(bytes, cut);
        assert_false(hae_read_varint(&reader, &read));
    }
}

static void varint_takes_the_least_bytes_around_every_power_of_two(void **state)
{
    (void)state;
    check(0);
    check(UINT64_MAX);
    for (int bit = 0; bit < 64; bit++) {
        uint64_t power = UINT64_C(1) << bit;

        check(power - 1);
        check(power);
        check(power + 1);
    }
}

static void varint_is_as_the_specification_shows(void **state)
{
    static const uint8_t bytes_150[] = {0x96, 0x01};
    static const uint8_t bytes_minus_2[] = {0xFE, 0xFF, 0xFF, 0xFF, 0xFF,
                                            0xFF, 0xFF, 0xFF, 0xFF, 0x01};
    uint8_t bytes[HAE_VARINT_MAX];

    (void)state;
    assert_ptr_equal(hae_put_varint(bytes, 150), bytes + 2);
    assert_memory_equal(bytes, bytes_150, 2);
    assert_ptr_equal(hae_put_varint(bytes, (uint64_t)-2), bytes + 10);
    assert_memory_equal(bytes, bytes_minus_2, 10);
}

static void varint_of_more_than_ten_bytes_is_refused(void **state)
{
    uint8_t bytes[16];
    struct hae_reader reader;
    uint64_t value = 42;

    (void)state;
    memset(bytes, 0x80, sizeof bytes);
    bytes[10] = 0;
    reader = hae_reader_over(bytes, sizeof bytes);
    assert_false(hae_read_varint(&reader, &value));
    assert_int_equal(value, 42);
    bytes[9] = 0; /* longer than needed, but within ten */
    reader = hae_reader_over(bytes, sizeof bytes);
    assert_true(hae_read_varint(&reader, &value));
    assert_int_equal(value, 0);
}

static void varint_beyond_the_bytes_that_are_allowed_is_refused(void **state)
{
    static const uint8_t six[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x00};
    struct hae_reader reader = hae_reader_over(six, sizeof six);
    uint64_t value = 42;

    (void)state;
    assert_false(hae_read_varint_within(&reader, 5, &value));
    assert_int_equal(value, 42);
    reader = hae_reader_over(six, sizeof six);
    assert_true(hae_read_varint_within(&reader, 6, &value));
    assert_int_equal(value, 0);
    assert_ptr_equal(reader.at, reader.end);
}

static void varint_is_read_a_byte_at_a_time(void **state)
{
    uint8_t bytes[HAE_VARINT_MAX];

    (void)state;
    for (int bit = 0; bit < 64; bit++) {
        uint64_t value = UINT64_MAX >> bit;
        size_t size = (size_t)(hae_put_varint(bytes, value) - bytes);
        struct hae_varint varint = {0, 0};

        for (size_t i = 0; i < size; i++) {
            assert_int_equal(hae_varint_add(&varint, bytes[i]), i + 1 == size);
        }
        assert_int_equal(varint.value, value);
    }
}

static void own_length_is_read_up_to_its_limit(void **state)
{
    static const size_t lengths[] = {0, 1, 0x7F, 0x80, 0x3FFF, 0x4000, 0x1FFFFF};
    uint8_t bytes[HAE_VARINT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        const uint8_t *end = hae_put_varint(bytes, lengths[i]);
        size_t length = ~lengths[i];

        assert_ptr_equal(hae_own_length(bytes, &length), end);
        assert_int_equal(length, lengths[i]);
    }
}

static void field_size_is_tag_length_and_body(void **state)
{
    (void)state;
    assert_int_equal(hae_field_size(0), 2);
    assert_int_equal(hae_field_size(127), 129);
    assert_int_equal(hae_field_size(128), 131);
    assert_int_equal(hae_field_size(16383), 16386);
    assert_int_equal(hae_field_size(16384), 16388);
}

static void fixed_numbers_are_little_endian(void **state)
{
    static const uint8_t eight[] = {1, 2, 3, 4, 5, 6, 7, 8};
    uint8_t bytes[8];

    (void)state;
    assert_ptr_equal(hae_put_fixed64(bytes, UINT64_C(0x0807060504030201)), bytes + 8);
    assert_memory_equal(bytes, eight, 8);
    assert_ptr_equal(hae_put_fixed32(bytes, 0x04030201), bytes + 4);
    assert_memory_equal(bytes, eight, 4);
    assert_int_equal(hae_double_bits(1.0), UINT64_C(0x3FF0000000000000));
    assert_int_equal(hae_double_bits(-0.0), UINT64_C(1) << 63);
    assert_true(hae_double_from_bits(UINT64_C(0x3FF8000000000000)) == 1.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(varint_takes_the_least_bytes_around_every_power_of_two),
        cmocka_unit_test(varint_is_as_the_specification_shows),
        cmocka_unit_test(varint_of_more_than_ten_bytes_is_refused),
        cmocka_unit_test(varint_beyond_the_bytes_that_are_allowed_is_refused),
        cmocka_unit_test(varint_is_read_a_byte_at_a_time),
        cmocka_unit_test(own_length_is_read_up_to_its_limit),
        cmocka_unit_test(field_size_is_tag_length_and_body),
        cmocka_unit_test(fixed_numbers_are_little_endian),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
