/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/compress.h"

#include <zlib.h>

#include "otlp_http/harness.h"
#ifdef HAETAE_TEST_ZSTD
#include <zstd.h>
#endif

/* Unpacks gzip format with the checks of zlib: header, length and checksum. */
static void assert_unpacks_from_gzip(const struct hae_http_buffer *packed, const void *data,
                                     size_t size)
{
    z_stream stream = {.next_in = packed->data, .avail_in = (unsigned)packed->size_bytes};
    uint8_t *out = malloc(size + 1);

    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_out = out;
    stream.avail_out = (unsigned)size + 1;
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(stream.avail_in, 0);
    assert_int_equal(stream.total_out, size);
    if (size > 0) {
        assert_memory_equal(out, data, size);
    }
    inflateEnd(&stream);
    free(out);
}

/* One frame, and nothing behind it, that says how large its content is. */
static void assert_unpacks_from_zstd(const struct hae_http_buffer *packed, const void *data,
                                     size_t size)
{
#ifdef HAETAE_TEST_ZSTD
    uint8_t *out = malloc(size + 1);

    assert_int_equal(ZSTD_getFrameContentSize(packed->data, packed->size_bytes), size);
    assert_int_equal(ZSTD_findFrameCompressedSize(packed->data, packed->size_bytes),
                     packed->size_bytes);
    assert_int_equal(ZSTD_decompress(out, size + 1, packed->data, packed->size_bytes), size);
    if (size > 0) {
        assert_memory_equal(out, data, size);
    }
    free(out);
#else
    (void)packed;
    (void)data;
    (void)size;
    fail_msg("zstd is not built");
#endif
}

static void assert_unpacks_to(enum hae_http_codec codec, const struct hae_http_buffer *packed,
                              const void *data, size_t size)
{
    if (codec == HAE_HTTP_ZSTD) {
        assert_unpacks_from_zstd(packed, data, size);
    } else {
        assert_unpacks_from_gzip(packed, data, size);
    }
}

static void fill_repetitive(uint8_t *data, size_t size)
{
    static const char text[] = "http.request.method=GET url.path=/rides/";

    for (size_t i = 0; i < size; i++) {
        data[i] = (uint8_t)(text[i % (sizeof text - 1)] + (i % 97 == 0));
    }
}

static void fill_incompressible(uint8_t *data, size_t size)
{
    uint64_t x = 88172645463325252u;

    for (size_t i = 0; i < size; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        data[i] = (uint8_t)(x >> 32);
    }
}

/* The codec of the test's state. zstd is skipped where it is not built. */
static enum hae_http_codec codec_of(void **state)
{
    enum hae_http_codec codec = *(enum hae_http_codec *)*state;

    if (codec == HAE_HTTP_ZSTD && !hae_http_zstd_is_built()) {
        skip();
    }
    return codec;
}

static struct hae_http_compressor *compressor_for(enum hae_http_codec codec)
{
    struct hae_http_compressor *compressor = NULL;

    assert_int_equal(hae_http_compressor_new(1U << codec, &compressor), HAETAE_OK);
    assert_int_equal(hae_http_compressor_codecs(compressor), 1U << codec);
    return compressor;
}

static struct hae_http_buffer packed_text(struct hae_http_compressor *compressor,
                                          enum hae_http_codec codec, const char *text)
{
    struct hae_http_buffer packed;

    assert_int_equal(
        hae_http_compressor_pack(compressor, codec, text, (uint32_t)strlen(text), &packed),
        HAETAE_OK);
    return packed;
}

static void round_trip(enum hae_http_codec codec, void (*fill)(uint8_t *data, size_t size))
{
    static const uint32_t sizes[] = {0, 1, 100, 4096, 65536, 1 << 20, 5000000};
    uint8_t *data = malloc(5000000);
    struct hae_http_compressor *compressor = compressor_for(codec);

    fill(data, 5000000);
    /* Up and down, so that the kept buffer is too small and too large in turn. */
    for (int i = -6; i <= 6; i++) {
        uint32_t size = sizes[6 - abs(i)];
        struct hae_http_buffer packed;

        assert_int_equal(hae_http_compressor_pack(compressor, codec, data, size, &packed),
                         HAETAE_OK);
        assert_unpacks_to(codec, &packed, data, size);
        hae_http_compressor_give_back(compressor, &packed);
        assert_null(packed.data);
    }
    hae_http_compressor_free(compressor);
    free(data);
}

static void compressor_round_trips_compressible_data(void **state)
{
    round_trip(codec_of(state), fill_repetitive);
}

static void compressor_round_trips_incompressible_data(void **state)
{
    round_trip(codec_of(state), fill_incompressible);
}

static void compressor_reuses_the_buffer_given_back(void **state)
{
    enum hae_http_codec codec = codec_of(state);
    struct hae_http_compressor *compressor = compressor_for(codec);
    struct hae_http_buffer packed = packed_text(compressor, codec, "abc");
    const uint8_t *data = packed.data;

    hae_http_compressor_give_back(compressor, &packed);
    packed = packed_text(compressor, codec, "ab");
    assert_ptr_equal(packed.data, data);
    hae_http_compressor_give_back(compressor, &packed);
    hae_http_compressor_free(compressor);
}

static void compressor_serves_several_bodies_at_once(void **state)
{
    static const char *const texts[] = {"one", "two", "three"};
    enum hae_http_codec codec = codec_of(state);
    struct hae_http_compressor *compressor = compressor_for(codec);
    struct hae_http_buffer packed[3];

    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 3; i++) {
            packed[i] = packed_text(compressor, codec, texts[i]);
        }
        for (size_t i = 0; i < 3; i++) {
            assert_unpacks_to(codec, &packed[i], texts[i], strlen(texts[i]));
            hae_http_compressor_give_back(compressor, &packed[i]);
        }
    }
    hae_http_compressor_free(compressor);
}

static void compressor_does_not_reserve_the_worst_case(void **state)
{
    enum { SIZE = 1 << 20 };
    enum hae_http_codec codec = codec_of(state);
    struct hae_http_compressor *compressor = compressor_for(codec);
    uint8_t *data = malloc(SIZE);
    struct hae_http_buffer packed;

    fill_repetitive(data, SIZE);
    assert_int_equal(hae_http_compressor_pack(compressor, codec, data, SIZE, &packed), HAETAE_OK);
    assert_true(packed.capacity_bytes <= SIZE / 4 + 4096);
    hae_http_compressor_give_back(compressor, &packed);
    hae_http_compressor_free(compressor);
    free(data);
}

static void one_compressor_serves_both_codecs(void **state)
{
    const unsigned both = 1U << HAE_HTTP_GZIP | 1U << HAE_HTTP_ZSTD;
    struct hae_http_compressor *compressor = NULL;
    haetae_status status = hae_http_compressor_new(both, &compressor);

    (void)state;
    if (!hae_http_zstd_is_built()) {
        assert_int_equal(status, HAETAE_EUNSUPPORTED);
        assert_null(compressor);
        return;
    }
    assert_int_equal(status, HAETAE_OK);
    for (int i = 0; i < 4; i++) {
        enum hae_http_codec codec = i % 2 == 0 ? HAE_HTTP_ZSTD : HAE_HTTP_GZIP;
        struct hae_http_buffer packed = packed_text(compressor, codec, "text");

        assert_unpacks_to(codec, &packed, "text", 4);
        hae_http_compressor_give_back(compressor, &packed);
    }
    hae_http_compressor_free(compressor);
}

static void gzip_is_by_the_library_that_was_built_in(void **state)
{
    (void)state;
#ifdef HAETAE_TEST_OTHER_GZIP
    assert_string_equal(hae_http_gzip_library, HAETAE_TEST_OTHER_GZIP);
#else
    assert_string_equal(hae_http_gzip_library, HAETAE_TEST_GZIP);
#endif
}

int main(void)
{
    static enum hae_http_codec gzip = HAE_HTTP_GZIP;
    static enum hae_http_codec zstd = HAE_HTTP_ZSTD;
    const struct CMUnitTest tests[] = {
#define OF_EACH(test) cmocka_unit_test_prestate(test, &gzip), cmocka_unit_test_prestate(test, &zstd)
        OF_EACH(compressor_round_trips_compressible_data),
        OF_EACH(compressor_round_trips_incompressible_data),
        OF_EACH(compressor_reuses_the_buffer_given_back),
        OF_EACH(compressor_serves_several_bodies_at_once),
        OF_EACH(compressor_does_not_reserve_the_worst_case),
        cmocka_unit_test(one_compressor_serves_both_codecs),
        cmocka_unit_test(gzip_is_by_the_library_that_was_built_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
