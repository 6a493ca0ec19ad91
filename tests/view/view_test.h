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

static inline struct hae_view_text text_of(const char *characters)
{
    return (struct hae_view_text){characters, strlen(characters)};
}

static inline struct hae_view_store *make_store(size_t series)
{
    struct hae_view_database_options options = {.size_bytes = (uint64_t)1 << 30,
                                                .series_max = series};
    char problem[160];
    struct hae_view_store *store = hae_view_store_open(&options, problem, sizeof problem);
    if (store == NULL) {
        fail_msg("%s", problem);
    }
    return store;
}

/* A request of a service begins `second` seconds after the start. */
static inline struct hae_view_origin begin_request(struct hae_view_store *store,
                                                   const char *service, uint64_t second)
{
    struct hae_view_origin origin = {.resource = 0};
    struct hae_view_arrival arrival = {(1000 + second) * S, EPOCH_NS + second * S};
    struct hae_view_resource_row resource = {.service = text_of(service),
                                             .attributes = text_of("{}")};
    struct hae_view_scope_row scope = {.name = text_of("scope"), .version = text_of("1")};
    hae_view_store_begin(store, arrival);
    assert_true(hae_view_store_resource(store, &resource, &origin));
    assert_true(hae_view_store_scope(store, &scope, &origin));
    return origin;
}

static inline void end_request(struct hae_view_store *store)
{
    assert_int_equal(hae_view_store_end(store, true), HAE_VIEW_DATABASE_KEPT);
}

/* A span whose ids are made of two numbers, both above 0. It ends at EPOCH_NS. */
static inline struct hae_view_span_row make_span(uint32_t trace, uint32_t id, uint64_t duration_ns)
{
    struct hae_view_span_row span = {
        .valid_ids = true,
        .kind = HAE_VIEW_KIND_SERVER,
        .start_ns = EPOCH_NS - duration_ns,
        .end_ns = EPOCH_NS,
        .name = text_of("work"),
    };
    memcpy(span.trace_id, &trace, sizeof trace);
    memcpy(span.span_id, &id, sizeof id);
    return span;
}

static inline void set_parent(struct hae_view_span_row *span, uint32_t parent)
{
    memcpy(span->parent_id, &parent, sizeof parent);
    span->kind = 1;
}

static inline void set_failed(struct hae_view_span_row *span, const char *message)
{
    span->status = HAE_VIEW_STATUS_ERROR;
    span->message = text_of(message);
    span->error = text_of(message);
}

/* A request of one span. */
static inline void add_span(struct hae_view_store *store, const char *service, uint64_t second,
                            const struct hae_view_span_row *span)
{
    struct hae_view_origin origin = begin_request(store, service, second);
    hae_view_store_span(store, &origin, span);
    end_request(store);
}

#endif
