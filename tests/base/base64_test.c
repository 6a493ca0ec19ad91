/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include "support/core_cmocka.h"

/* RFC 4648, section 10, without padding. */
static const char *const texts[][2] = {
    {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
    {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};

static void text_is_encoded_without_padding(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char text[HAE_BASE64_TEXT_BYTES(6)];

        assert_int_equal(hae_base64_encode(texts[i][0], strlen(texts[i][0]), text),
                         strlen(texts[i][1]));
        assert_string_equal(text, texts[i][1]);
    }
}

static void text_is_decoded_up_to_what_is_no_digit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char padded[16];
        uint8_t bytes[HAE_BASE64_BYTES(sizeof padded)];
        size_t length = 99;

        snprintf(padded, sizeof padded, "%s==", texts[i][1]);
        assert_int_equal(hae_base64_decode(padded, strlen(padded), bytes, &length),
                         strlen(texts[i][0]));
        assert_memory_equal(bytes, texts[i][0], strlen(texts[i][0]));
        assert_int_equal(length, strlen(texts[i][1]));
    }
}

static void every_byte_comes_back(void **state)
{
    uint8_t bytes[256], back[HAE_BASE64_BYTES(344)];
    char text[HAE_BASE64_TEXT_BYTES(sizeof bytes)];
    size_t length;

    (void)state;
    for (unsigned i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)i;
    }
    for (size_t size = 0; size <= sizeof bytes; size++) {
        size_t text_length = hae_base64_encode(bytes, size, text);

        assert_true(text_length < HAE_BASE64_TEXT_BYTES(size));
        assert_true(size <= HAE_BASE64_BYTES(text_length));
        assert_int_equal(hae_base64_decode(text, text_length, back, &length), size);
        assert_memory_equal(back, bytes, size);
        /* In place. */
        assert_int_equal(hae_base64_decode(text, text_length, text, &length), size);
        assert_memory_equal(text, bytes, size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_encoded_without_padding),
        cmocka_unit_test(text_is_decoded_up_to_what_is_no_digit),
        cmocka_unit_test(every_byte_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
