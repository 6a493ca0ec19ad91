/* SPDX-License-Identifier: Apache-2.0 */
/* Puts OTLP messages into the store. Private to the decoder. */
#ifndef HAETAE_VIEW_DECODE_DECODE_ITEMS_H
#define HAETAE_VIEW_DECODE_DECODE_ITEMS_H

#include "decode/fields.h"
#include "store/store.h"

/* An item has at most so many texts that must be made. */
#define HAE_VIEW_TEXTS   5
#define HAE_VIEW_NUMBERS 2

/* Where the items of one scope go. */
struct hae_view_intake {
    struct hae_view_store *store;
    struct hae_view_arrival arrival;
    struct hae_buffer texts[HAE_VIEW_TEXTS];
    struct hae_buffer numbers[HAE_VIEW_NUMBERS]; /* of a histogram's point: 64 bits each */
    struct hae_buffer pairs;                     /* attributes that are sorted */
    struct hae_view_origin origin;
};

void hae_view_take_span(struct hae_view_intake *intake, struct hae_view_bytes message);
void hae_view_take_log(struct hae_view_intake *intake, struct hae_view_bytes message);

/* Whether memory sufficed for all texts so far. */
bool hae_view_texts_are_whole(const struct hae_view_intake *intake);

#endif
