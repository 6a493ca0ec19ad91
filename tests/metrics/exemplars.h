/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of exemplars: current spans, and fixtures with exemplars. */
#ifndef HAETAE_TESTS_METRICS_EXEMPLARS_H
#define HAETAE_TESTS_METRICS_EXEMPLARS_H

#include "haetae/context.h"
#include "metrics/exemplar_pool.h"
#include "metrics/views.h"

enum { POOL_BYTES = 1 << 20 };

/* The ids of a span by its number. */
haetae_span_context span_of(uint64_t number, uint8_t flags);
/* Makes it the current one. */
void enter_span(uint64_t number, uint8_t flags, haetae_context_token *token);
void enter_sampled(uint64_t number, haetae_context_token *token);
void assert_span(const HaeOtlp__Exemplar *exemplar, uint64_t number);

/* A fixture whose provider has exemplars. */
void init_exemplars_with(struct fixture *f, enum hae_exemplar_filter filter, uint64_t bytes);
void init_exemplars(struct fixture *f);
void init_exemplar_views(struct fixture *f, struct views *views);

uint64_t now_of(const struct fixture *f);
void collect_now(struct fixture *f, struct collection *ret_all);
/* Adds within a sampled span. */
void add_in_span(haetae_counter *counter, int64_t value);

#endif
