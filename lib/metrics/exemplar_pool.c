/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/exemplar_pool.h"

#include <string.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "metrics/exemplar_chance.h"

/* So that lanes, pools and processes have random numbers of their own. */
static void seed(struct hae_exemplar_pool *pool)
{
    struct hae_random random;

    hae_random_seed(&random);
    /* Relaxed: no other thread uses the pool yet. */
    atomic_store_explicit(&pool->random, random.a, memory_order_relaxed);
    for (uint32_t i = 0; i < pool->lane_count; i++) {
        pool->lanes[i].state = hae_splitmix(&random.b);
    }
}

haetae_status hae_exemplar_pool_init(struct hae_exemplar_pool *pool,
                                     enum hae_exemplar_filter filter, uint64_t size_bytes,
                                     uint32_t lane_count)
{
    uint64_t lanes_offset = hae_round_up(size_bytes, HAE_CACHE_LINE);

    *pool = (struct hae_exemplar_pool){.size_bytes = size_bytes};
    /* Reference 0 leads nowhere. Relaxed: no other thread uses the pool yet. */
    atomic_store_explicit(&pool->used_bytes, HAE_EXEMPLAR_UNIT, memory_order_relaxed);
    if (filter != HAE_EXEMPLARS_ALWAYS_OFF) {
        pool->memory = hae_calloc(1, lanes_offset + lane_count * sizeof *pool->lanes);
        if (pool->memory == NULL) {
            return HAETAE_ENOMEM;
        }
        pool->lanes = (void *)(pool->memory + lanes_offset);
        pool->lane_count = lane_count;
        seed(pool);
    }
    pool->always = filter == HAE_EXEMPLARS_ALWAYS_ON;
    pool->trace_flags = filter == HAE_EXEMPLARS_TRACE_BASED ? HAETAE_TRACE_FLAG_SAMPLED : 0;
    return HAETAE_OK;
}

void hae_exemplar_pool_done(struct hae_exemplar_pool *pool)
{
    hae_free(pool->memory);
    *pool = (struct hae_exemplar_pool){.memory = NULL};
}

void hae_exemplar_pool_reinit(struct hae_exemplar_pool *pool)
{
    /* Relaxed throughout: no other thread uses the pool. */
    if (pool->memory != NULL) {
        memset(pool->memory, 0, atomic_load_explicit(&pool->used_bytes, memory_order_relaxed));
        seed(pool); /* else all children would choose alike */
    }
    atomic_store_explicit(&pool->used_bytes, HAE_EXEMPLAR_UNIT, memory_order_relaxed);
    atomic_store_explicit(&pool->refused_count, 0, memory_order_relaxed);
    pool->refusal_reported = false;
}

void hae_exemplar_pool_report(struct hae_exemplar_pool *pool, struct hae_diagnostics *diagnostics)
{
    /* Relaxed: a refusal that is not seen yet is reported next time. */
    if (HAE_UNLIKELY(!pool->refusal_reported &&
                     atomic_load_explicit(&pool->refused_count, memory_order_relaxed) != 0)) {
        pool->refusal_reported = true;
        hae_diagnose(diagnostics, HAETAE_DIAGNOSTIC_WARN, "exemplars",
                     "the memory for exemplars is used up, and further series have none: set "
                     "HAETAE_EXEMPLAR_BYTES above %llu",
                     (unsigned long long)pool->size_bytes);
    }
}

uint32_t hae_exemplar_pool_take(struct hae_exemplar_pool *pool, uint64_t size_bytes)
{
    uint64_t size = hae_align8(size_bytes);
    /* Relaxed throughout: another thread finds the memory only by a reference, and whoever stores
     * that orders it. A failed exchange means that another thread got its piece. */
    uint64_t used = atomic_load_explicit(&pool->used_bytes, memory_order_relaxed);

    do {
        if (size > pool->size_bytes - used) {
            atomic_fetch_add_explicit(&pool->refused_count, 1, memory_order_relaxed);
            return 0;
        }
    } while (!atomic_compare_exchange_weak_explicit(&pool->used_bytes, &used, used + size,
                                                    memory_order_relaxed, memory_order_relaxed));
    return (uint32_t)(used / HAE_EXEMPLAR_UNIT);
}
