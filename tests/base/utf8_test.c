/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include "support/core_cmocka.h"
#include "support/core_utf8.h"

/* Repairs as the writers do, step by step. */
static size_t repair(const uint8_t *text, size_t length, uint8_t *to)
{
    size_t size = 0;

    for (size_t at = 0; at < length;) {
        int step = hae_utf8_step(text + at, length - at);

        if (step > 0) {
            memcpy(to + size, text + at, (size_t)step);
            size += (size_t)step;
            at += (size_t)step;
        } else {
            memcpy(to + size, "\xEF\xBF\xBD", 3);
            size += 3;
            at += (size_t)-step;
        }
    }
    return size;
}

static void ill_formed_text_is_repaired_as_others_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < CORE_UTF8_CASES; i++) {
        const struct core_utf8_case *c = &core_utf8_cases[i];
        const uint8_t *text = (const uint8_t *)c->text;
        bool same = c->length == c->repaired_length && memcmp(c->text, c->repaired, c->length) == 0;
        uint8_t repaired[64];
        size_t consumed = 0;

        assert_int_equal(hae_utf8_valid(text, c->length), same);
        assert_int_equal(repair(text, c->length, repaired), c->repaired_length);
        assert_memory_equal(repaired, c->repaired, c->repaired_length);
        assert_int_equal(hae_utf8_repaired_size(text, c->length, SIZE_MAX, &consumed),
                         c->repaired_length);
        assert_int_equal(consumed, c->length);
    }
}

struct totals {
    uint64_t hash;
    unsigned ill_formed_count;
};

static void add(struct totals *totals, const uint8_t *text, size_t length)
{
    uint8_t repaired[16];
    size_t size = repair(text, length, repaired);
    size_t consumed;

    assert_int_equal(hae_utf8_repaired_size(text, length, SIZE_MAX, &consumed), size);
    assert_int_equal(consumed, length);
    totals->ill_formed_count += !hae_utf8_valid(text, length);
    repaired[size++] = '\n';
    for (size_t i = 0; i < size; i++) {
        totals->hash = (totals->hash ^ repaired[i]) * UINT64_C(0x100000001b3);
    }
}

static void all_strings_of_border_bytes_are_repaired_as_others_do(void **state)
{
    (void)state;
    for (size_t length = 1; length <= 4; length++) {
        struct totals totals = {UINT64_C(0xcbf29ce484222325), 0};
        size_t count = 1;

        for (size_t i = 0; i < length; i++) {
            count *= CORE_UTF8_BORDERS;
        }
        for (size_t number = 0; number < count; number++) {
            uint8_t text[4];
            size_t rest = number;

            for (size_t i = length; i-- > 0; rest /= CORE_UTF8_BORDERS) {
                text[i] = core_utf8_borders[rest % CORE_UTF8_BORDERS];
            }
            add(&totals, text, length);
        }
        assert_int_equal(totals.hash, core_utf8_expected[length - 1].hash);
        assert_int_equal(totals.ill_formed_count, core_utf8_expected[length - 1].ill_formed_count);
    }
}

/* The scalar values, encoded by the definition. */
static size_t encode(uint32_t point, uint8_t *to)
{
    size_t length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const uint8_t first[] = {0, 0, 0xC0, 0xE0, 0xF0};

    for (size_t i = length; i-- > 1; point >>= 6) {
        to[i] = (uint8_t)(0x80 | (point & 0x3F));
    }
    to[0] = (uint8_t)(first[length] | point);
    return length;
}

static void every_code_point_is_valid_but_the_surrogates(void **state)
{
    (void)state;
    for (uint32_t point = 0; point < 0x120000; point++) {
        bool scalar = point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
        uint8_t text[4];
        size_t length = encode(point, text);
        uint32_t decoded;

        assert_int_equal(hae_utf8_valid(text, length), scalar);
        if (scalar) {
            assert_int_equal(hae_utf8_step(text, length), length);
            assert_int_equal(hae_utf8_decode(text, length, &decoded), length);
            assert_int_equal(decoded, point);
        }
    }
}

/* hae_utf8_valid() reads eight bytes at once where it can. */
static void one_bad_byte_is_found_at_every_place(void **state)
{
    uint8_t text[64];

    (void)state;
    memset(text, 'a', sizeof text);
    for (size_t length = 1; length <= sizeof text; length++) {
        assert_true(hae_utf8_valid(text, length));
        for (size_t at = 0; at < length; at++) {
            text[at] = 0xFF;
            assert_false(hae_utf8_valid(text, length));
            text[at] = 'a';
        }
    }
    assert_true(hae_utf8_valid(NULL, 0));
}

static void text_is_cut_on_code_points(void **state)
{
    /* a, e with acute, euro, fire, an ill-formed pair, z: 1, 2, 3, 4, (2 -> 3), 1 */
    static const uint8_t text[] = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x94\xA5\xE2\x82z";
    static const size_t consumed_after[] = {0, 1, 3, 6, 10, 12, 13, 13};
    static const size_t size_after[] = {0, 1, 3, 6, 10, 13, 14, 14};

    (void)state;
    for (size_t limit = 0; limit < 8; limit++) {
        size_t consumed = 99;

        assert_int_equal(hae_utf8_repaired_size(text, sizeof text - 1, limit, &consumed),
                         size_after[limit]);
        assert_int_equal(consumed, consumed_after[limit]);
    }
}

/* What lies behind the text does not belong to it. */
static void character_whose_rest_lies_behind_the_text_is_ill_formed(void **state)
{
    static const char *const whole[] = {"\xC3\xA9", "\xE2\x82\xAC", "\xEA\xB0\x80",
                                        "\xF0\x9F\x94\xA5"};
    uint8_t text[64];

    (void)state;
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        size_t length = strlen(whole[i]);

        for (size_t before = 0; before < 20; before++) {
            memset(text, 'a', sizeof text);
            memcpy(text + before, whole[i], length);
            assert_true(hae_utf8_valid(text, before + length));
            for (size_t cut = 1; cut < length; cut++) {
                size_t consumed;

                assert_false(hae_utf8_valid(text, before + cut));
                assert_int_equal(hae_utf8_step(text + before, cut), -(int)cut);
                assert_int_equal(hae_utf8_repaired_size(text, before + cut, SIZE_MAX, &consumed),
                                 before + 3);
                assert_int_equal(consumed, before + cut);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ill_formed_text_is_repaired_as_others_do),
        cmocka_unit_test(all_strings_of_border_bytes_are_repaired_as_others_do),
        cmocka_unit_test(every_code_point_is_valid_but_the_surrogates),
        cmocka_unit_test(one_bad_byte_is_found_at_every_place),
        cmocka_unit_test(text_is_cut_on_code_points),
        cmocka_unit_test(character_whose_rest_lies_behind_the_text_is_ill_formed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
