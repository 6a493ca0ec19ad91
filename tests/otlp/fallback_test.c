/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/fallback.h"

#include "otlp_http/harness.h"

enum { NOW = 1000 };

static void only_an_answer_that_follows_from_the_compression_is_a_refusal(void **state)
{
    struct hae_http_fallback fallback = {0};

    (void)state;
    assert_true(hae_http_fallback_is_refusal(&fallback, HAE_HTTP_ZSTD, 415));
    assert_true(hae_http_fallback_is_refusal(&fallback, HAE_HTTP_ZSTD, 400));
    for (long status = 0; status < 600; status++) {
        assert_false(hae_http_fallback_is_refusal(&fallback, HAE_HTTP_GZIP, status));
        assert_false(hae_http_fallback_is_refusal(&fallback, HAE_HTTP_PLAIN, status));
        if (status != 415 && status != 400) {
            assert_false(hae_http_fallback_is_refusal(&fallback, HAE_HTTP_ZSTD, status));
        }
    }
    /* Who has taken zstd means the data by a 400. */
    assert_false(hae_http_fallback_note(&fallback, HAE_HTTP_ZSTD, false, 200, NOW));
    assert_false(hae_http_fallback_is_refusal(&fallback, HAE_HTTP_ZSTD, 400));
    assert_true(hae_http_fallback_is_refusal(&fallback, HAE_HTTP_ZSTD, 415));
}

static void zstd_is_given_up_when_the_same_request_goes_through_with_gzip(void **state)
{
    static const long others[] = {0, 400, 415, 429, 503};
    struct hae_http_fallback fallback = {0};

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(hae_http_fallback_note(&fallback, HAE_HTTP_GZIP, true, others[i], NOW));
        assert_int_equal(hae_http_fallback_codec(&fallback, HAE_HTTP_ZSTD, NOW), HAE_HTTP_ZSTD);
    }
    /* A request that was to have gzip from the beginning says nothing about zstd. */
    assert_false(hae_http_fallback_note(&fallback, HAE_HTTP_GZIP, false, 200, NOW));
    assert_int_equal(hae_http_fallback_codec(&fallback, HAE_HTTP_ZSTD, NOW), HAE_HTTP_ZSTD);

    assert_true(hae_http_fallback_note(&fallback, HAE_HTTP_GZIP, true, 200, NOW));
    assert_int_equal(hae_http_fallback_codec(&fallback, HAE_HTTP_ZSTD, NOW), HAE_HTTP_GZIP);
    /* Another one that was under way: it is reported once. */
    assert_false(hae_http_fallback_note(&fallback, HAE_HTTP_GZIP, true, 200, NOW));
}

static void zstd_is_tried_again_after_an_hour(void **state)
{
    struct hae_http_fallback fallback = {0};

    (void)state;
    assert_false(hae_http_fallback_note(&fallback, HAE_HTTP_ZSTD, false, 200, NOW));
    assert_true(hae_http_fallback_note(&fallback, HAE_HTTP_GZIP, true, 200, NOW));
    assert_int_equal(
        hae_http_fallback_codec(&fallback, HAE_HTTP_ZSTD, NOW + HAE_HTTP_ZSTD_AGAIN_MS - 1),
        HAE_HTTP_GZIP);
    assert_int_equal(
        hae_http_fallback_codec(&fallback, HAE_HTTP_ZSTD, NOW + HAE_HTTP_ZSTD_AGAIN_MS),
        HAE_HTTP_ZSTD);
    /* What it took before the refusal is forgotten. */
    assert_true(hae_http_fallback_is_refusal(&fallback, HAE_HTTP_ZSTD, 400));
}

static void other_codecs_stay_as_they_are(void **state)
{
    struct hae_http_fallback fallback = {.gzip_until_ms = UINT64_MAX};

    (void)state;
    assert_int_equal(hae_http_fallback_codec(&fallback, HAE_HTTP_PLAIN, NOW), HAE_HTTP_PLAIN);
    assert_int_equal(hae_http_fallback_codec(&fallback, HAE_HTTP_GZIP, NOW), HAE_HTTP_GZIP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_an_answer_that_follows_from_the_compression_is_a_refusal),
        cmocka_unit_test(zstd_is_given_up_when_the_same_request_goes_through_with_gzip),
        cmocka_unit_test(zstd_is_tried_again_after_an_hour),
        cmocka_unit_test(other_codecs_stay_as_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
