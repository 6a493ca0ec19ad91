/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/spare.h"

#include <stdbool.h>

#include "base/alloc.h"
#include "support/core_cmocka.h"

enum { KIB = 1024 };

static void give(struct hae_spares *spares, size_t size)
{
    uint8_t *memory = hae_malloc(size);

    assert_non_null(memory);
    hae_spares_give(spares, memory, size);
}

static void the_smallest_block_that_suffices_is_taken(void **state)
{
    struct hae_spares spares = {.count = 0};
    struct hae_spare spare;
    long live = hae_alloc_live_count();

    (void)state;
    give(&spares, 64 * KIB);
    give(&spares, 256 * KIB);
    give(&spares, 32 * KIB);
    assert_int_equal(spares.total_bytes, 352 * KIB);
    spare = hae_spares_take(&spares, 40 * KIB, 1024 * KIB);
    assert_int_equal(spare.size_bytes, 64 * KIB);
    hae_free(spare.memory);
    assert_null(hae_spares_take(&spares, 40 * KIB, 255 * KIB).memory);
    assert_null(hae_spares_take(&spares, 257 * KIB, 1024 * KIB).memory);
    assert_int_equal(spares.total_bytes, 288 * KIB);
    hae_spares_trim(&spares, 0);
    assert_int_equal(spares.count, 0);
    assert_int_equal(hae_alloc_live_count(), live);
}

static void what_is_kept_is_bounded(void **state)
{
    struct hae_spares spares = {.count = 0};
    long live = hae_alloc_live_count();

    (void)state;
    hae_spares_give(&spares, NULL, 0);
    give(&spares, HAE_SPARE_MIN_BYTES - 1);
    give(&spares, HAE_SPARES_MAX_BYTES + 1);
    assert_int_equal(spares.count, 0);
    give(&spares, HAE_SPARES_MAX_BYTES - 64 * KIB);
    give(&spares, 65 * KIB);
    assert_int_equal(spares.count, 1);
    hae_spares_trim(&spares, 0);
    for (int i = 0; i < 2 * HAE_SPARES_MAX; i++) {
        give(&spares, 64 * KIB);
    }
    assert_int_equal(spares.count, HAE_SPARES_MAX);
    hae_spares_trim(&spares, 128 * KIB);
    assert_int_equal(spares.count, 2);
    assert_int_equal(hae_alloc_live_count(), live + 2);
    hae_spares_trim(&spares, 0);
    assert_int_equal(hae_alloc_live_count(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_block_that_suffices_is_taken),
        cmocka_unit_test(what_is_kept_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
