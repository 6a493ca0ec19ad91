/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/reader.h"

#include <string.h>

#include "base/alloc.h"
#include "metrics/collection.h"
#include "metrics/observable.h"
#include "wire/otlp.h"

enum {
    CUMULATIVE = HAE_OTLP_AGGREGATION_TEMPORALITY_CUMULATIVE,
    DELTA = HAE_OTLP_AGGREGATION_TEMPORALITY_DELTA
};

/* By kind; gauges with another aggregation than their own count from the beginning. */
#define KINDS(counter, histogram, observable)                                                      \
    {                                                                                              \
        {                                                                                          \
            [HAE_COUNTER] = (counter), [HAE_UP_DOWN_COUNTER] = CUMULATIVE,                         \
            [HAE_GAUGE] = CUMULATIVE, [HAE_HISTOGRAM] = (histogram),                               \
            [HAE_OBSERVABLE_COUNTER] = (observable),                                               \
            [HAE_OBSERVABLE_UP_DOWN_COUNTER] = CUMULATIVE, [HAE_OBSERVABLE_GAUGE] = CUMULATIVE     \
        }                                                                                          \
    }

const struct hae_temporality hae_temporality_cumulative = KINDS(CUMULATIVE, CUMULATIVE, CUMULATIVE);
const struct hae_temporality hae_temporality_delta = KINDS(DELTA, DELTA, DELTA);
const struct hae_temporality hae_temporality_low_memory = KINDS(DELTA, DELTA, CUMULATIVE);

haetae_status hae_metric_reader_init(struct hae_metric_reader *reader,
                                     struct hae_meter_provider *provider,
                                     const struct hae_temporality *temporality)
{
    struct hae_collector *collector = hae_collector_new();

    if (collector == NULL) {
        return HAETAE_ENOMEM;
    }
    memset(reader, 0, sizeof *reader);
    reader->provider = provider;
    reader->temporality = *temporality;
    reader->collector = collector;
    return HAETAE_OK;
}

void hae_metric_reader_done(struct hae_metric_reader *reader)
{
    for (uint32_t i = 0; i < reader->delta_count; i++) {
        hae_delta_done(&reader->deltas[i]);
    }
    hae_free(reader->deltas);
    hae_collector_free(reader->collector);
}

bool hae_metric_reader_has_deltas(const struct hae_metric_reader *reader)
{
    for (int kind = 0; kind < HAE_INSTRUMENT_KIND_COUNT; kind++) {
        if (reader->temporality.of_kind[kind] == DELTA) {
            return true;
        }
    }
    return false;
}

/* ---- What was reported last -------------------------------------------------------------- */

/* In a forked child nothing was reported. If the parent's thread was collecting at the fork, its
 * memory may be half changed, and is left alone. */
static void forget_inherited(struct hae_metric_reader *reader, bool trusted)
{
    /* Relaxed: the child's threads were started after the provider began again. */
    uint32_t generation = atomic_load_explicit(&reader->provider->generation, memory_order_relaxed);

    if (generation == reader->generation) {
        return;
    }
    reader->generation = generation;
    reader->last_unix_ns = 0;
    reader->stepped = false;
    reader->digest_known = false;
    reader->rounds.whole = false;
    if (!trusted) {
        reader->deltas = NULL;
        reader->delta_count = 0;
    }
    for (uint32_t i = 0; i < reader->delta_count; i++) {
        hae_delta_forget(&reader->deltas[i]);
    }
}

/* Decides what a collection's points have as their time, and whether the clock was set back. */
static void set_time(struct hae_metric_reader *reader, uint64_t now_unix_ns)
{
    /* Less is the clock's regulation, and soon caught up with. */
    const uint64_t step_min_ns = UINT64_C(1000000000);
    struct hae_collection *collection = &reader->collection;
    uint64_t last = reader->last_unix_ns;

    collection->message.now_unix_ns = now_unix_ns > last ? now_unix_ns : last + 1;
    if (now_unix_ns < last && last - now_unix_ns > step_min_ns) {
        collection->begin_again_ns = now_unix_ns != 0 ? now_unix_ns : 1;
        reader->stepped = true;
    }
}

void hae_metric_reader_begin(struct hae_metric_reader *reader, uint64_t now_unix_ns,
                             hae_metric_callback take, void *user)
{
    /* Acquire: the changes below come after it, also for a child that is forked meanwhile. */
    bool interrupted = atomic_exchange_explicit(&reader->collecting, true, memory_order_acquire);

    forget_inherited(reader, !interrupted);
    hae_rounds_before(reader->provider, &reader->rounds, reader->index);
    hae_collection_begin(reader, false);
    reader->collection.take = take;
    reader->collection.user = user;
    set_time(reader, now_unix_ns);
    reader->collection.produced =
        hae_observe_all(reader->provider, reader, reader->collection.message.now_unix_ns);
}

void hae_metric_reader_hold(struct hae_metric_reader *reader)
{
    reader->collection.holds = true;
}

void hae_metric_reader_settle(struct hae_metric_reader *reader, bool taken)
{
    reader->rounds.whole = reader->rounds.whole && taken;
    for (uint32_t i = 0; i < reader->delta_count; i++) {
        if (taken) {
            hae_delta_commit(&reader->deltas[i]);
        } else {
            hae_delta_discard(&reader->deltas[i]);
        }
    }
}

static void end(struct hae_metric_reader *reader, bool taken)
{
    struct hae_collection *collection = &reader->collection;

    reader->digest = collection->digest;
    reader->digest_known = taken;
    reader->rounds.whole = taken;
    if (collection->begin_again_ns == 0) {
        reader->last_unix_ns = collection->message.now_unix_ns;
    } else if (taken) { /* else the next collection tries again */
        reader->last_unix_ns = collection->begin_again_ns;
    }
    hae_exemplar_pool_report(&reader->provider->streams.exemplars, reader->provider->diagnostics);
    /* Release: the changes come before it, likewise. */
    atomic_store_explicit(&reader->collecting, false, memory_order_release);
}

enum hae_collected hae_metric_reader_go_on(struct hae_metric_reader *reader, uint32_t series_max)
{
    enum hae_collected collected = hae_collection_go_on(&reader->collection, series_max);

    if (collected != HAE_COLLECTED_SOME) {
        end(reader, collected == HAE_COLLECTED_ALL);
    }
    return collected;
}

void hae_metric_reader_give_up(struct hae_metric_reader *reader)
{
    end(reader, false);
}

haetae_status hae_metric_reader_collect(struct hae_metric_reader *reader, uint64_t now_unix_ns,
                                        hae_metric_callback take, void *user)
{
    enum hae_collected collected;

    (void)hae_try_lock_wait(&reader->provider->collecting, UINT64_MAX);
    hae_metric_reader_begin(reader, now_unix_ns, take, user);
    collected = hae_metric_reader_go_on(reader, UINT32_MAX);
    hae_try_lock_release(&reader->provider->collecting);
    return collected == HAE_COLLECTED_ALL ? HAETAE_OK : HAETAE_ENOMEM;
}

bool hae_metric_reader_unchanged(struct hae_metric_reader *reader)
{
    struct hae_meter_provider *provider = reader->provider;
    /* Relaxed: see forget_inherited(). */
    uint32_t generation = atomic_load_explicit(&provider->generation, memory_order_relaxed);

    /* A collection of another reader may give series back. */
    if (!reader->digest_known || generation != reader->generation ||
        !hae_try_lock_take(&provider->collecting)) {
        return false;
    }
    hae_collection_begin(reader, true);
    (void)hae_collection_go_on(&reader->collection, UINT32_MAX);
    hae_try_lock_release(&provider->collecting);
    return reader->collection.digest == reader->digest;
}
