/* SPDX-License-Identifier: Apache-2.0 */
/* What Jaeger's sampling service says: with which probability or rate a service's spans are
 * sampled, by their names if it says so.
 *
 * Threads that start spans read a strategy while the worker prepares the next one. There are two
 * tables of fixed size, in which each field is atomic: the worker fills the one that is not in use,
 * and then exchanges them. A thread that sleeps within a decision for as long as the worker's pause
 * between two answers may decide by a mixture of two strategies; it never waits.
 * Specification: "JaegerRemoteSampler"; sampling.proto of jaeger-idl. */
#ifndef HAETAE_OTLP_HTTP_STRATEGY_H
#define HAETAE_OTLP_HTTP_STRATEGY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HAE_STRATEGY_NAMES_MAX = 1024, HAE_STRATEGY_SLOTS = 2 * HAE_STRATEGY_NAMES_MAX };

/* Written by the worker, relaxed: what `current` is exchanged for was written before. due_ns is
 * written by all threads that start spans. */
struct hae_strategy_name {
    _Atomic uint64_t hash; /* of the name; 0: free */
    _Atomic uint64_t threshold;
    _Atomic uint64_t due_ns; /* of the rate that each name has at least */
};

struct hae_strategy {
    _Atomic uint64_t threshold; /* the trace's random part is not below it; above: only the rate */
    /* Between two spans that are sampled in any case, of one name; 0: there is no such rate. */
    _Atomic uint64_t interval_ns;
    _Atomic uint64_t due_ns; /* of spans without a name in the table */
    struct hae_strategy_name names[HAE_STRATEGY_SLOTS];
};

struct hae_strategies {
    struct hae_strategy tables[2];
    _Atomic uint32_t current;
    uint64_t seed; /* of the hashes of names, so that no service can choose them */
};

/* Begins with a probability. The struct is zeroed. */
void hae_strategies_begin(struct hae_strategies *strategies, double probability);

/* Takes the answer of a service, or leaves all as it is and says why; NULL: it was taken. */
const char *hae_strategies_take(struct hae_strategies *strategies, const void *json, size_t size);

/* Whether a span of this name is sampled. Any thread. */
bool hae_strategies_decide(struct hae_strategies *strategies, const char *name, size_t name_length,
                           const uint8_t trace_id[16]);

#endif
