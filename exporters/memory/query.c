/* SPDX-License-Identifier: Apache-2.0 */
/* What tests call to see what is there. */
#include <stdio.h>
#include <time.h>

#include "base/alloc.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "haetae/memory.h"
#include "haetae/sdk.h"
#include "match.h"
#include "store.h"
#include "text.h"

#define NS_PER_MS UINT64_C(1000000)

enum { SHOWN_MAX = 100 };

struct haetae_memory_items {
    struct hae_mem_request **requests;
    size_t request_count;
    const haetae_memory_item **list;
    size_t count;
};

/* ---- Copies ------------------------------------------------------------------------------ */

void haetae_memory_items_free(haetae_memory_items *items)
{
    HAE_HOLD_CANCELLATION();

    if (items == NULL) {
        return;
    }
    for (size_t i = 0; i < items->request_count; i++) {
        hae_mem_request_unref(items->requests[i]);
    }
    hae_free(items->requests);
    hae_free(items->list);
    hae_free(items);
}

static void add_matching(haetae_memory_items *items, const haetae_memory_query *query,
                         const struct hae_mem_request *request)
{
    for (const struct hae_mem_entry *entry = hae_mem_request_first(request); entry != NULL;
         entry = entry->next) {
        if (hae_mem_matches(query, &entry->item)) {
            items->list[items->count++] = &entry->item;
        }
    }
}

haetae_status haetae_memory_take(haetae_memory *memory, const haetae_memory_query *query,
                                 haetae_memory_items **ret_items)
{
    HAE_HOLD_CANCELLATION();
    haetae_memory_items *items;
    size_t count = 0;

    if (memory == NULL || ret_items == NULL || !hae_mem_query_valid(query)) {
        return HAETAE_EINVAL;
    }
    items = hae_calloc(1, sizeof *items);
    if (items == NULL) {
        return HAETAE_ENOMEM;
    }
    if (!hae_mem_store_requests(memory, &items->requests, &items->request_count)) {
        goto free_items;
    }
    for (size_t i = 0; i < items->request_count; i++) {
        count += hae_mem_request_count(items->requests[i]);
    }
    items->list = hae_calloc(count + 1, sizeof(const haetae_memory_item *));
    if (items->list == NULL) {
        goto free_items;
    }
    for (size_t i = 0; i < items->request_count; i++) {
        add_matching(items, query, items->requests[i]);
    }
    *ret_items = items;
    return HAETAE_OK;

free_items:
    haetae_memory_items_free(items);
    return HAETAE_ENOMEM;
}

size_t haetae_memory_items_count(const haetae_memory_items *items)
{
    return items != NULL ? items->count : 0;
}

const haetae_memory_item *haetae_memory_items_at(const haetae_memory_items *items, size_t index)
{
    return items != NULL && index < items->count ? items->list[index] : NULL;
}

/* ---- Texts ------------------------------------------------------------------------------- */

/* Gives the text away, and frees it. */
static haetae_status report_text(struct hae_buffer *text, haetae_memory_report report, void *user)
{
    haetae_status status = text->failed ? HAETAE_ENOMEM : HAETAE_OK;

    if (status == HAETAE_OK && report != NULL) {
        report(user, text->data != NULL ? text->data : "");
    } else if (status == HAETAE_OK) {
        fputs(text->data != NULL ? text->data : "", stderr);
    }
    hae_buffer_done(text);
    return status;
}

haetae_status haetae_memory_items_print(const haetae_memory_items *items,
                                        haetae_memory_report report, void *user)
{
    HAE_HOLD_CANCELLATION();
    struct hae_buffer text = HAE_BUFFER_INIT;

    if (items == NULL) {
        return HAETAE_EINVAL;
    }
    for (size_t i = 0; i < items->count; i++) {
        hae_mem_put_item(&text, items->list[i]);
    }
    return report_text(&text, report, user);
}

/* ---- Waiting ----------------------------------------------------------------------------- */

size_t haetae_memory_count(haetae_memory *memory, const haetae_memory_query *query)
{
    haetae_memory_items *items = NULL;
    size_t count;

    if (haetae_memory_take(memory, query, &items) != HAETAE_OK) {
        return 0;
    }
    count = items->count;
    haetae_memory_items_free(items);
    return count;
}

/* How many there are, once it is `count` or the time is over. */
static haetae_status await(haetae_memory *memory, const haetae_memory_query *query, size_t count,
                           uint64_t deadline_ns, size_t *ret_count)
{
    bool waits = true;

    for (;;) {
        /* Before looking: what comes while this looks ends the wait at once. */
        uint64_t sequence = hae_mem_store_sequence(memory);
        haetae_memory_items *items = NULL;
        haetae_status status = haetae_memory_take(memory, query, &items);

        if (status != HAETAE_OK) {
            return status;
        }
        *ret_count = items->count;
        haetae_memory_items_free(items);
        if (*ret_count >= count || !waits) {
            return HAETAE_OK;
        }
        waits = hae_mem_store_wait(memory, sequence, deadline_ns);
    }
}

static haetae_status flush_and_await(haetae_memory *memory, haetae_sdk *sdk,
                                     const haetae_memory_query *query, size_t count,
                                     uint32_t timeout_ms, size_t *ret_count)
{
    uint64_t deadline_ns = hae_time_ns(CLOCK_MONOTONIC) + timeout_ms * NS_PER_MS;

    if (memory == NULL || !hae_mem_query_valid(query)) {
        return HAETAE_EINVAL;
    }
    if (sdk != NULL) {
        (void)haetae_sdk_force_flush(sdk, timeout_ms);
    }
    return await(memory, query, count, deadline_ns, ret_count);
}

haetae_status haetae_memory_wait(haetae_memory *memory, haetae_sdk *sdk,
                                 const haetae_memory_query *query, size_t count,
                                 uint32_t timeout_ms)
{
    HAE_HOLD_CANCELLATION();
    size_t found = 0;
    haetae_status status = flush_and_await(memory, sdk, query, count, timeout_ms, &found);

    return status == HAETAE_OK && found < count ? HAETAE_ETIMEOUT : status;
}

/* What was expected, and what is there instead. */
static haetae_status report_others(haetae_memory *memory, const haetae_memory_query *query,
                                   const size_t counts[2], haetae_memory_report report, void *user)
{
    haetae_memory_query all =
        HAETAE_OPTIONS(haetae_memory_query, .signals = hae_mem_signals(query));
    struct hae_buffer text = HAE_BUFFER_INIT;
    haetae_memory_items *items = NULL;
    haetae_status status = haetae_memory_take(memory, &all, &items);

    if (status != HAETAE_OK) {
        return status;
    }
    hae_buffer_format(&text, "expected %zu, found %zu: ", counts[0], counts[1]);
    hae_mem_put_query(&text, query);
    hae_buffer_format(&text, "\nthere %s %zu:\n", items->count == 1 ? "is" : "are", items->count);
    for (size_t i = items->count > SHOWN_MAX ? items->count - SHOWN_MAX : 0; i < items->count;
         i++) {
        hae_mem_put_item(&text, items->list[i]);
    }
    haetae_memory_items_free(items);
    return report_text(&text, report, user);
}

/* Seven parameters, so that an assertion is one call.
 * NOLINTNEXTLINE(readability-function-size) */
haetae_status haetae_memory_expect(haetae_memory *memory, haetae_sdk *sdk,
                                   const haetae_memory_query *query, size_t count,
                                   uint32_t timeout_ms, haetae_memory_report report, void *user)
{
    HAE_HOLD_CANCELLATION();
    size_t found = 0;
    haetae_status status = flush_and_await(memory, sdk, query, count, timeout_ms, &found);

    if (status != HAETAE_OK || found == count) {
        return status;
    }
    status = report_others(memory, query, (const size_t[2]){count, found}, report, user);
    if (status != HAETAE_OK) {
        return status;
    }
    return found < count ? HAETAE_ETIMEOUT : HAETAE_ELIMIT;
}
