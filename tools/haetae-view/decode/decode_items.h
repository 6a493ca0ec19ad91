/* SPDX-License-Identifier: Apache-2.0 */
/* Puts unpacked OTLP messages into the store. Private to the decoder. */
#ifndef HAETAE_VIEW_DECODE_DECODE_ITEMS_H
#define HAETAE_VIEW_DECODE_DECODE_ITEMS_H

#include "base/buffer.h"
#include "otlp.pb-c.h"
#include "store/store.h"

/* An item has at most so many texts that must be made. */
#define HAE_VIEW_TEXTS 5

/* Where the items of one scope go. */
struct hae_view_intake {
    struct hae_view_store *store;
    struct hae_view_arrival arrival;
    struct hae_buffer texts[HAE_VIEW_TEXTS];
    struct hae_view_origin origin;
};

void hae_view_take_span(struct hae_view_intake *intake, const HaeOtlp__Span *message);
void hae_view_take_log(struct hae_view_intake *intake, const HaeOtlp__LogRecord *message);

/* Whether an id has the right size and is not all zero; then it is copied. */
bool hae_view_copy_id(uint8_t *out, size_t size, const ProtobufCBinaryData *id);

/* Whether memory sufficed for all texts so far. */
bool hae_view_texts_are_whole(const struct hae_view_intake *intake);

#endif
