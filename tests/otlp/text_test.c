/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/secrets.h"
#include "otlp/text.h"
#include "otlp_http/harness.h"

/* What a text of `capacity` bytes shows of some bytes. */
static const char *shown(const char *bytes, size_t size, size_t capacity,
                         const struct curl_slist *secrets)
{
    static char buffer[512];
    struct hae_http_text text;

    hae_http_text_init(&text, buffer, capacity);
    hae_http_text_add_foreign(&text, bytes, size, secrets);
    assert_int_equal(strlen(buffer), text.size_bytes);
    assert_true(text.size_bytes < capacity);
    return buffer;
}

#define SHOWN(literal) shown(literal, sizeof(literal) - 1, 512, NULL)

static void text_keeps_printable_utf8(void **state)
{
    (void)state;
    assert_string_equal(SHOWN("plain ~ text"), "plain ~ text");
    assert_string_equal(SHOWN("\xed\x95\xb4\xed\x83\x9c"), "\xed\x95\xb4\xed\x83\x9c");
    assert_string_equal(SHOWN("\xf0\x9f\x94\xa5 \xc2\xa0"), "\xf0\x9f\x94\xa5 \xc2\xa0");
    assert_string_equal(SHOWN(""), "");
}

static void text_replaces_what_is_not_printable(void **state)
{
    (void)state;
    assert_string_equal(SHOWN("a\0b\x1b[31m\x7f"), "a?b?[31m?");
    assert_string_equal(SHOWN("c1 \xc2\x9b"), "c1 ?");
    assert_string_equal(SHOWN("bidi \xe2\x80\xae line \xe2\x80\xa8"), "bidi ? line ?");
}

static void text_replaces_each_ill_formed_part_of_utf8(void **state)
{
    (void)state;
    assert_string_equal(SHOWN("\x80x"), "?x");
    assert_string_equal(SHOWN("\xc0\xaf"), "??");           /* overlong  */
    assert_string_equal(SHOWN("\xe0\x80\xaf"), "???");      /* overlong  */
    assert_string_equal(SHOWN("\xed\xa0\x80"), "???");      /* surrogate */
    assert_string_equal(SHOWN("\xf4\x90\x80\x80"), "????"); /* too large */
    assert_string_equal(SHOWN("\xff\xfe"), "??");
    assert_string_equal(SHOWN("cut \xe2\x82"), "cut ?");
}

static void text_folds_white_space(void **state)
{
    (void)state;
    assert_string_equal(SHOWN("<p>\r\n\t  two\v\flines</p>\n"), "<p> two lines</p> ");
}

static void text_is_cut_between_characters_and_says_so(void **state)
{
    (void)state;
    assert_string_equal(shown("0123456789", 10, 14, NULL), "0123456789");
    assert_string_equal(shown("0123456789a", 11, 14, NULL), "0123456789...");
    assert_string_equal(shown("12345678\xed\x95\xb4", 11, 14, NULL), "12345678...");
}

static void text_adds_nothing_after_a_cut(void **state)
{
    char buffer[12];
    struct hae_http_text text;

    (void)state;
    hae_http_text_init(&text, buffer, sizeof buffer);
    hae_http_text_add(&text, "%s-%d", "123456789", 7);
    assert_string_equal(buffer, "12345678...");
    hae_http_text_add(&text, "x");
    hae_http_text_add_foreign(&text, "y", 1, NULL);
    assert_string_equal(buffer, "12345678...");
}

static void text_hides_secrets_wherever_they_are(void **state)
{
    struct curl_slist second = {(char *)"Bearer hunter2", NULL};
    struct curl_slist secrets = {(char *)"hunter2", &second};
    const char body[] = "token hunter2, header 'Bearer hunter2', xhunter2y hunter";

    (void)state;
    assert_string_equal(shown(body, sizeof body - 1, 512, &secrets),
                        "token ***, header '***', x***y hunter");
    assert_string_equal(shown("%68unter%32 Bearer%20h%75nter2 h%7Znter2 %", 42, 512, &secrets),
                        "*** *** h%7Znter2 %");
    /* One that would be cut in two at the end shows no part of it either. */
    assert_string_equal(shown("0123456 hunter2", 15, 14, &secrets), "0123456 ...");
}

/* What a server makes of "?>?>hunter2" and of credentials when it repeats them. */
static void text_hides_secrets_in_any_form(void **state)
{
    static const char *const bodies[] = {
        /* Of the header's value, its last word, and the credentials. */
        "Bearer ?>?>hunter2",
        "Bearer%20%3F%3E%3f%3ehunter2",
        "Bearer%2520%253F%253E%3F>hunter2",
        "Bearer \\u003f\\u003E?>hunter2",
        "Pz4/Pmh1bnRlcjI=",
        "Pz4_Pmh1bnRlcjI",
        "Pz4%2FPmh1bnRlcjI%3D",
        "Pz4%2fPmh1bnRlcjI",
        "Pz4\\/Pmh1bnRlcjI=",
        "Pz4%252FPmh1bnRlcjI",
        "Pz4%5FPmh1bnRlcjI",
        "dXNlcj4+OnB3Pz8/cHc=",
        "dXNlcj4-OnB3Pz8_cHc",
        "dXNlcj4%2BOnB3Pz8%2FcHc",
        "cHc/Pz9wdw==",
        "cHc_Pz9wdw",
        "user>>:pw???pw@",
        "pw%3F%3F%3Fpw"};
    struct curl_slist *secrets = NULL;

    (void)state;
    assert_int_equal(hae_http_add_header_value(&secrets, "Bearer ?>?>hunter2"), HAETAE_OK);
    assert_int_equal(hae_http_add_credentials(&secrets, "user>>", "pw???pw"), HAETAE_OK);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        char body[128];
        const char *text;

        snprintf(body, sizeof body, "<%s>", bodies[i]);
        text = shown(body, strlen(body), 512, secrets);
        if (strncmp(text, "<***", 4) != 0 || strspn(text + 4, "=%3D>") != strlen(text + 4)) {
            fail_msg("%s is shown as %s", body, text);
        }
    }
    curl_slist_free_all(secrets);
}

/* Something that only begins like an encoded byte is not taken for one. */
static void text_shows_what_is_no_secret(void **state)
{
    static const char *const bodies[] = {
        "%68unte%", "%2", "%25", "%2525", "\\u006", "\\", "%68unter%33", "\\u1068unter2", "hunter"};
    struct curl_slist secrets = {(char *)"hunter2", NULL};

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        size_t size = strlen(bodies[i]);
        char *exact = malloc(size);

        memcpy(exact, bodies[i], size);
        assert_string_equal(shown(exact, size, 512, &secrets), bodies[i]);
        free(exact);
    }
}

static const char *shown_url(const char *url)
{
    static char buffer[256];
    struct hae_http_text text;

    hae_http_text_init(&text, buffer, sizeof buffer);
    hae_http_text_add_url(&text, url);
    return buffer;
}

static void text_shows_urls_without_user_query_and_fragment(void **state)
{
    (void)state;
    assert_string_equal(shown_url("http://host:4318/v1/traces"), "http://host:4318/v1/traces");
    assert_string_equal(shown_url("https://user:pw@host/x"), "https://***@host/x");
    assert_string_equal(shown_url("https://host/x?token=pw"), "https://host/x?***");
    assert_string_equal(shown_url("https://host/x#pw"), "https://host/x#***");
    assert_string_equal(shown_url("not a url"), "not a url");
}

static void text_hides_the_user_of_malformed_urls(void **state)
{
    static const char *const urls[] = {
        "http//USER:PW@host",      "USER:PW@host",          "http://U/SER:P/W@host:x",
        "http://USER:P?W@host/",   "http://USER:P#W@host/", "http://USER:P@W@host/",
        "http:USER:P://W@host",    "://USER:PW@host",       "http://USER:PW@host?PW=PW",
        "http://USER:PW@host#A@b",
    };

    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        for (const char *at = shown_url(urls[i]); *at != '\0'; at++) {
            assert_false(*at >= 'A' && *at <= 'Z');
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_keeps_printable_utf8),
        cmocka_unit_test(text_replaces_what_is_not_printable),
        cmocka_unit_test(text_replaces_each_ill_formed_part_of_utf8),
        cmocka_unit_test(text_folds_white_space),
        cmocka_unit_test(text_is_cut_between_characters_and_says_so),
        cmocka_unit_test(text_adds_nothing_after_a_cut),
        cmocka_unit_test(text_hides_secrets_wherever_they_are),
        cmocka_unit_test(text_hides_secrets_in_any_form),
        cmocka_unit_test(text_shows_what_is_no_secret),
        cmocka_unit_test(text_shows_urls_without_user_query_and_fragment),
        cmocka_unit_test(text_hides_the_user_of_malformed_urls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
