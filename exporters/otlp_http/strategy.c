/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_http/strategy.h"

#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/rate.h"
#include "otlp_http/json_reader.h"

#define RANDOM_END (UINT64_C(1) << 56)

enum { NAME_BYTES = 512, WORD_BYTES = 40 };

static const char malformed[] = "the answer is no JSON, or too deep";

/* ---- Deciding ------------------------------------------------------------------------------ */

/* FNV-1a from a secret start, mixed. Never 0. */
static uint64_t hash_of(uint64_t seed, const char *name, size_t length)
{
    uint64_t hash = seed;

    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (uint8_t)name[i]) * UINT64_C(0x100000001b3);
    }
    hash ^= hash >> 32;
    hash *= UINT64_C(0x9e3779b97f4a7c15);
    return (hash ^ hash >> 29) | 1;
}

/* The place of a name, or the free one where it would be. At least half of the places are free. */
static struct hae_strategy_name *place(struct hae_strategy *table, uint64_t hash)
{
    for (uint64_t i = 0; i < HAE_STRATEGY_SLOTS; i++) {
        struct hae_strategy_name *name = &table->names[(hash + i) % HAE_STRATEGY_SLOTS];
        uint64_t found = atomic_load_explicit(&name->hash, memory_order_relaxed);

        if (found == hash || found == 0) {
            return name;
        }
    }
    return &table->names[0]; /* only while the table is filled */
}

static uint64_t load(const _Atomic uint64_t *from)
{
    return atomic_load_explicit(from, memory_order_relaxed);
}

bool hae_strategies_decide(struct hae_strategies *strategies, const char *name, size_t name_length,
                           const uint8_t trace_id[16])
{
    /* Acquire pairs with the release in hae_strategies_take(): the table is whole. */
    uint32_t current = atomic_load_explicit(&strategies->current, memory_order_acquire);
    struct hae_strategy *table = &strategies->tables[current];
    uint64_t hash = hash_of(strategies->seed, name, name_length);
    struct hae_strategy_name *found = place(table, hash);
    bool named = load(&found->hash) == hash;
    uint64_t threshold = named ? load(&found->threshold) : load(&table->threshold);
    uint64_t interval_ns = load(&table->interval_ns);
    uint64_t random = hae_load64(trace_id + 8);
    bool within;

    random = __builtin_bswap64(hae_le64(random)) & (RANDOM_END - 1);
    /* What the probability takes counts for the rate as well. */
    within = interval_ns != 0 && hae_rate_take(named ? &found->due_ns : &table->due_ns, interval_ns,
                                               hae_time_ns(CLOCK_MONOTONIC));
    return within || random >= threshold;
}

/* ---- Reading ------------------------------------------------------------------------------- */

static void store(_Atomic uint64_t *to, uint64_t value)
{
    atomic_store_explicit(to, value, memory_order_relaxed);
}

static uint64_t threshold_of(double probability)
{
    return (uint64_t)((1.0 - probability) * (double)RANDOM_END);
}

/* What an answer says. A number below 0: it says nothing. */
struct answer {
    bool rate_limiting; /* the type */
    double probability;
    double rate;
    bool by_name;
    double default_probability;
    double least_rate;
    const char *fault;
};

static bool is(const char *name, const char *wanted)
{
    return strcmp(name, wanted) == 0;
}

static void fault(struct answer *answer, const char *why)
{
    answer->fault = answer->fault != NULL ? answer->fault : why;
}

static void read_probability(struct hae_json_reader *json, struct answer *answer, double *ret)
{
    if (!hae_json_read_number(json, ret) || !(*ret >= 0 && *ret <= 1)) {
        fault(answer, "a probability is no number from 0 to 1");
    }
}

static void read_rate(struct hae_json_reader *json, struct answer *answer, double *ret)
{
    if (!hae_json_read_number(json, ret) || !(*ret >= 0 && *ret <= 1e9)) {
        fault(answer, "a rate is no number from 0 to 1e9");
    }
}

typedef void (*read_value)(struct hae_json_reader *json, struct answer *answer, double *ret);

/* An object with one member that counts; null: none. */
static void read_one(struct hae_json_reader *json, struct answer *answer, const char *wanted,
                     read_value read, double *ret)
{
    char name[WORD_BYTES];
    bool first = true;

    if (!hae_json_read_object(json)) {
        (void)hae_json_read_any(json);
        return;
    }
    while (answer->fault == NULL && hae_json_read_member(json, &first, name, sizeof name)) {
        if (is(name, wanted)) {
            read(json, answer, ret);
        } else {
            (void)hae_json_read_any(json);
        }
    }
}

/* PROBABILISTIC or 0, RATE_LIMITING or 1. */
static void read_type(struct hae_json_reader *json, struct answer *answer)
{
    char word[WORD_BYTES];
    size_t length;
    double number = -1;

    if (hae_json_read_text(json, word, sizeof word, &length)) {
        answer->rate_limiting = is(word, "RATE_LIMITING");
        if (!answer->rate_limiting && !is(word, "PROBABILISTIC")) {
            fault(answer, "the type of the strategy is not known");
        }
        return;
    }
    answer->rate_limiting = hae_json_read_number(json, &number) && number > 0;
    if (!(number >= 0 && number <= 1)) {
        fault(answer, "the type of the strategy is not known");
    }
}

struct filling {
    struct answer *answer;
    struct hae_strategy *table;
    uint64_t seed;
    unsigned count;
};

/* One strategy of an operation. */
static void read_operation(struct hae_json_reader *json, struct filling *filling)
{
    char text[NAME_BYTES];
    char name[WORD_BYTES];
    double probability = -1;
    size_t length = 0;
    bool first = true;

    if (!hae_json_read_object(json)) {
        fault(filling->answer, "the strategy of an operation is no object");
        return;
    }
    while (filling->answer->fault == NULL &&
           hae_json_read_member(json, &first, name, sizeof name)) {
        if (is(name, "operation")) {
            if (!hae_json_read_text(json, text, sizeof text, &length)) {
                fault(filling->answer, "the name of an operation is no text");
            }
        } else if (is(name, "probabilisticSampling")) {
            read_one(json, filling->answer, "samplingRate", read_probability, &probability);
        } else {
            (void)hae_json_read_any(json);
        }
    }
    /* proto3 leaves a probability of 0 out. Longer names, and those beyond the table, have the
     * default. */
    if (filling->answer->fault == NULL && length != 0 && length < NAME_BYTES &&
        filling->count < HAE_STRATEGY_NAMES_MAX) {
        uint64_t hash = hash_of(filling->seed, text, length);
        struct hae_strategy_name *found = place(filling->table, hash);

        filling->count += load(&found->hash) == 0;
        store(&found->hash, hash);
        store(&found->threshold, threshold_of(probability > 0 ? probability : 0));
    }
}

static void read_operations(struct hae_json_reader *json, struct filling *filling)
{
    bool first = true;

    if (!hae_json_read_array(json)) {
        (void)hae_json_read_any(json);
        return;
    }
    while (filling->answer->fault == NULL && hae_json_read_element(json, &first)) {
        read_operation(json, filling);
    }
    filling->answer->by_name = true;
}

static void read_by_name(struct hae_json_reader *json, struct filling *filling)
{
    struct answer *answer = filling->answer;
    char name[WORD_BYTES];
    bool first = true;

    if (!hae_json_read_object(json)) {
        (void)hae_json_read_any(json);
        return;
    }
    while (answer->fault == NULL && hae_json_read_member(json, &first, name, sizeof name)) {
        if (is(name, "defaultSamplingProbability")) {
            read_probability(json, answer, &answer->default_probability);
        } else if (is(name, "defaultLowerBoundTracesPerSecond")) {
            read_rate(json, answer, &answer->least_rate);
        } else if (is(name, "perOperationStrategies")) {
            read_operations(json, filling);
        } else {
            (void)hae_json_read_any(json);
        }
    }
}

static const char *read_answer(struct hae_json_reader *json, struct filling *filling)
{
    struct answer *answer = filling->answer;
    char name[WORD_BYTES];
    bool first = true;

    if (!hae_json_read_object(json)) {
        return json->broken ? malformed : "the answer is no object";
    }
    while (answer->fault == NULL && hae_json_read_member(json, &first, name, sizeof name)) {
        if (is(name, "strategyType")) {
            read_type(json, answer);
        } else if (is(name, "probabilisticSampling")) {
            read_one(json, answer, "samplingRate", read_probability, &answer->probability);
        } else if (is(name, "rateLimitingSampling")) {
            read_one(json, answer, "maxTracesPerSecond", read_rate, &answer->rate);
        } else if (is(name, "operationSampling")) {
            read_by_name(json, filling);
        } else {
            (void)hae_json_read_any(json);
        }
    }
    if (json->broken) {
        return malformed;
    }
    return answer->fault == NULL && !hae_json_read_end(json) ? malformed : answer->fault;
}

/* A rate below one in a million seconds is none. */
static uint64_t interval_of(double rate)
{
    return rate >= 1e-6 ? hae_rate_interval_ns(rate) : 0;
}

/* What is not by name. False: the answer has no strategy. */
static bool set_whole(struct hae_strategy *table, const struct answer *answer)
{
    double probability = answer->by_name ? answer->default_probability : answer->probability;
    double rate = answer->by_name ? answer->least_rate : answer->rate;

    if (!answer->by_name && answer->rate_limiting) {
        store(&table->threshold, RANDOM_END);
        store(&table->interval_ns, interval_of(rate > 0 ? rate : 0));
        return rate >= 0;
    }
    store(&table->threshold, threshold_of(probability > 0 ? probability : 0));
    store(&table->interval_ns, answer->by_name && rate > 0 ? interval_of(rate) : 0);
    return answer->by_name || probability >= 0;
}

static void clear(struct hae_strategy *table)
{
    store(&table->due_ns, 0);
    for (size_t i = 0; i < HAE_STRATEGY_SLOTS; i++) {
        store(&table->names[i].hash, 0);
        store(&table->names[i].due_ns, 0);
    }
}

const char *hae_strategies_take(struct hae_strategies *strategies, const void *data, size_t size)
{
    struct answer answer = {
        .probability = -1, .rate = -1, .default_probability = -1, .least_rate = -1};
    struct hae_json_reader json = hae_json_read(data, size);
    /* Relaxed: only this thread exchanges them. */
    uint32_t next = 1 - atomic_load_explicit(&strategies->current, memory_order_relaxed);
    struct filling filling = {&answer, &strategies->tables[next], strategies->seed, 0};
    const char *why;

    clear(filling.table);
    why = read_answer(&json, &filling);
    if (why == NULL && !set_whole(filling.table, &answer)) {
        why = "the answer has no strategy";
    }
    if (why == NULL) {
        /* Release pairs with the acquire in hae_strategies_decide(). */
        atomic_store_explicit(&strategies->current, next, memory_order_release);
    }
    return why;
}

void hae_strategies_begin(struct hae_strategies *strategies, double probability)
{
    struct hae_random random;

    hae_random_seed(&random);
    strategies->seed = random.a;
    store(&strategies->tables[0].threshold, threshold_of(probability));
}
