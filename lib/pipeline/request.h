/* SPDX-License-Identifier: Apache-2.0 */
/* An encoded export request: immutable, and shared by the exporters that get it.
 * Only the worker holds references. */
#ifndef HAE_PIPELINE_REQUEST_H
#define HAE_PIPELINE_REQUEST_H

#include <stddef.h>

#include "pipeline/account.h"

/* A request that one exporter got in parts. It counts as one: when the last part is
 * done, so is the whole for that exporter. */
struct hae_split {
    struct hae_request *whole; /* holds the exporter's reference */
    uint32_t parts_left;
    uint64_t lost_count;
    haetae_drop_reason lost_reason;
};

struct hae_request {
    struct hae_account *account;
    struct hae_split *split;          /* NULL: not a part */
    struct hae_request **outstanding; /* the list it is in */
    struct hae_request *previous;
    struct hae_request *next;
    uint64_t sequence; /* in the order of making */
    uint64_t item_count;
    uint64_t lost_count; /* the most that any exporter lost of it */
    haetae_drop_reason lost_reason;
    haetae_signal signal;
    uint32_t reference_count;
    size_t size_bytes;
    uint8_t data[];
};

struct hae_request *hae_request_ref(struct hae_request *request);

/* An exporter is done with the request and has lost `lost_count` of its items. With
 * the last one the items leave the account's held; a part's go to its whole. */
void hae_request_unref(struct hae_request *request, uint64_t lost_count, haetae_drop_reason reason);

#endif
