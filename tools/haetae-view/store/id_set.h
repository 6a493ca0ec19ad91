/* SPDX-License-Identifier: Apache-2.0 */
/* The span ids seen so far, to recognise a span that comes twice.
 *
 * Exact: whole ids are kept, 24 bytes each, up to a limit. Beyond the limit a new id is not
 * remembered, so that a later duplicate of it is not noticed. The table is split into
 * shards that grow one at a time, so that no request waits for one large rehash. */
#ifndef HAETAE_VIEW_STORE_ID_SET_H
#define HAETAE_VIEW_STORE_ID_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/hash.h"

#define HAE_VIEW_ID_SHARDS 64

struct hae_view_span_id {
    uint8_t trace_id[16];
    uint8_t span_id[8];
};

struct hae_view_id_shard {
    struct hae_view_span_id *slots; /* all zero: free */
    size_t capacity;                /* 0 or a power of two */
    size_t used;
};

struct hae_view_id_set {
    struct hae_view_id_shard shards[HAE_VIEW_ID_SHARDS];
    struct hae_view_hash_key key;
    size_t limit;
    size_t count;
};

enum hae_view_id_answer {
    HAE_VIEW_ID_NEW,      /* first time, remembered                          */
    HAE_VIEW_ID_KNOWN,    /* seen before                                     */
    HAE_VIEW_ID_FORGOTTEN /* not among those remembered, and no room for it  */
};

void hae_view_id_set_init(struct hae_view_id_set *set, size_t limit, struct hae_view_hash_key key);
void hae_view_id_set_done(struct hae_view_id_set *set);

/* `id` is not all zero. */
enum hae_view_id_answer hae_view_id_set_add(struct hae_view_id_set *set,
                                            const struct hae_view_span_id *id);

#endif
