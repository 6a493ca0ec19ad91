/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/gzip.h"

#include <zlib.h>

#include "otlp_http/harness.h"

/* Unpacks gzip format with the checks of zlib: header, length and checksum. */
static void assert_unpacks_to(const struct hae_http_buffer *packed, const void *data, size_t size)
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

static void round_trip(void (*fill)(uint8_t *data, size_t size))
{
    static const uint32_t sizes[] = {0, 1, 100, 4096, 65536, 1 << 20, 5000000};
    uint8_t *data = malloc(5000000);
    struct hae_http_gzip *gzip;

    assert_int_equal(hae_http_gzip_new(&gzip), HAETAE_OK);
    fill(data, 5000000);
    /* Up and down, so that the kept buffer is too small and too large in turn. */
    for (int i = -6; i <= 6; i++) {
        uint32_t size = sizes[6 - abs(i)];
        struct hae_http_buffer packed;

        assert_int_equal(hae_http_gzip_pack(gzip, data, size, &packed), HAETAE_OK);
        assert_unpacks_to(&packed, data, size);
        hae_http_gzip_give_back(gzip, &packed);
        assert_null(packed.data);
    }
    hae_http_gzip_free(gzip);
    free(data);
}

static void gzip_round_trips_compressible_data(void **state)
{
    (void)state;
    round_trip(fill_repetitive);
}

static void gzip_round_trips_incompressible_data(void **state)
{
    (void)state;
    round_trip(fill_incompressible);
}

static void gzip_reuses_the_buffer_given_back(void **state)
{
    struct hae_http_gzip *gzip;
    struct hae_http_buffer first, second;
    const uint8_t *data;

    (void)state;
    assert_int_equal(hae_http_gzip_new(&gzip), HAETAE_OK);
    assert_int_equal(hae_http_gzip_pack(gzip, "abc", 3, &first), HAETAE_OK);
    data = first.data;
    hae_http_gzip_give_back(gzip, &first);
    assert_int_equal(hae_http_gzip_pack(gzip, "ab", 2, &second), HAETAE_OK);
    assert_ptr_equal(second.data, data);
    hae_http_gzip_give_back(gzip, &second);
    hae_http_gzip_free(gzip);
}

static void gzip_serves_several_bodies_at_once(void **state)
{
    struct hae_http_gzip *gzip;
    struct hae_http_buffer packed[3];

    (void)state;
    assert_int_equal(hae_http_gzip_new(&gzip), HAETAE_OK);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(hae_http_gzip_pack(gzip, "one", 3, &packed[0]), HAETAE_OK);
        assert_int_equal(hae_http_gzip_pack(gzip, "two", 3, &packed[1]), HAETAE_OK);
        assert_int_equal(hae_http_gzip_pack(gzip, "three", 5, &packed[2]), HAETAE_OK);
        assert_unpacks_to(&packed[0], "one", 3);
        assert_unpacks_to(&packed[1], "two", 3);
        assert_unpacks_to(&packed[2], "three", 5);
        for (size_t i = 0; i < 3; i++) {
            hae_http_gzip_give_back(gzip, &packed[i]);
        }
    }
    hae_http_gzip_free(gzip);
}

static void gzip_does_not_reserve_the_worst_case(void **state)
{
    enum { SIZE = 1 << 20 };
    uint8_t *data = malloc(SIZE);
    struct hae_http_gzip *gzip;
    struct hae_http_buffer packed;

    (void)state;
    fill_repetitive(data, SIZE);
    assert_int_equal(hae_http_gzip_new(&gzip), HAETAE_OK);
    assert_int_equal(hae_http_gzip_pack(gzip, data, SIZE, &packed), HAETAE_OK);
    assert_true(packed.capacity_bytes <= SIZE / 4 + 4096);
    hae_http_gzip_give_back(gzip, &packed);
    hae_http_gzip_free(gzip);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gzip_round_trips_compressible_data),
        cmocka_unit_test(gzip_round_trips_incompressible_data),
        cmocka_unit_test(gzip_reuses_the_buffer_given_back),
        cmocka_unit_test(gzip_serves_several_bodies_at_once),
        cmocka_unit_test(gzip_does_not_reserve_the_worst_case),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
