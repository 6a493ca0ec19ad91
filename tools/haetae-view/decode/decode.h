/* SPDX-License-Identifier: Apache-2.0 */
/* Takes OTLP request bodies apart and puts them into the store. Only this folder knows the
 * messages. Input may be hostile. */
#ifndef HAETAE_VIEW_DECODE_DECODE_H
#define HAETAE_VIEW_DECODE_DECODE_H

#include "decode/check.h"
#include "store/store.h"

enum hae_view_decode_result {
    HAE_VIEW_DECODED,
    HAE_VIEW_DECODE_MALFORMED,
    HAE_VIEW_DECODE_TOO_LARGE, /* an item would take too much memory, or the body too long */
    HAE_VIEW_DECODE_NO_MEMORY,
    HAE_VIEW_DECODE_NO_ROOM /* the database cannot take it now */
};

struct hae_view_decoder;

/* NULL when out of memory. The store must outlive the decoder. A decoder is used
 * by one thread at a time. */
struct hae_view_decoder *hae_view_decoder_new(struct hae_view_store *store);
void hae_view_decoder_free(struct hae_view_decoder *decoder);

/* Takes a whole request or nothing of it. */
enum hae_view_decode_result hae_view_decode(struct hae_view_decoder *decoder,
                                            enum hae_view_signal signal, struct hae_view_bytes body,
                                            struct hae_view_arrival arrival);

/* The same for a request in JSON. */
enum hae_view_decode_result hae_view_decode_json(struct hae_view_decoder *decoder,
                                                 enum hae_view_signal signal,
                                                 struct hae_view_bytes body,
                                                 struct hae_view_arrival arrival);

/* What was wrong with the last body, as a line for its sender. */
const char *hae_view_decode_problem(const struct hae_view_decoder *decoder);

#endif
