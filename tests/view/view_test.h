/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of haetae-view share: cmocka, and ways to make items. */
#ifndef HAETAE_TESTS_VIEW_TEST_H
#define HAETAE_TESTS_VIEW_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/store.h"

#define MS ((uint64_t)1000000)
#define S  ((uint64_t)1000000000)

/* A plausible wall-clock time, not near 0. */
#define EPOCH_NS (1700000000 * S)

static inline struct hae_view_store *make_store(size_t ids, size_t series)
{
    struct hae_view_store_options options = {.remembered_ids = ids, .series = series};
    struct hae_view_store *store = hae_view_store_new(&options);
    assert_non_null(store);
    return store;
}

/* A source `second` seconds after the start. */
static inline struct hae_view_source make_source(struct hae_view_store *store, const char *service,
                                                 uint64_t second)
{
    struct hae_view_source source;
    memset(&source, 0, sizeof source);
    source.arrival.monotonic_ns = (1000 + second) * S;
    source.arrival.unix_ns = EPOCH_NS + second * S;
    assert_true(hae_view_store_source(store, service, "scope", "1", &source));
    return source;
}

/* A span whose ids are made of two numbers, both above 0. It ends at EPOCH_NS. */
static inline struct hae_view_span make_span(uint32_t trace, uint32_t id, uint64_t duration_ns)
{
    struct hae_view_span span;
    memset(&span, 0, sizeof span);
    memcpy(span.trace_id, &trace, sizeof trace);
    memcpy(span.span_id, &id, sizeof id);
    span.valid_ids = true;
    span.kind = HAE_VIEW_KIND_SERVER;
    span.start_ns = EPOCH_NS - duration_ns;
    span.end_ns = EPOCH_NS;
    span.name = "work";
    span.note = "";
    return span;
}

static inline void set_parent(struct hae_view_span *span, uint32_t parent)
{
    memcpy(span->parent_id, &parent, sizeof parent);
    span->kind = 1;
}

#endif
