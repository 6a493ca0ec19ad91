/* SPDX-License-Identifier: Apache-2.0 */
/* Puts unpacked OTLP messages into the structs of the store. Private to the decoder. */
#ifndef HAETAE_VIEW_DECODE_DECODE_ITEMS_H
#define HAETAE_VIEW_DECODE_DECODE_ITEMS_H

#include "otlp.pb-c.h"
#include "store/store.h"

void hae_view_take_span(struct hae_view_store *store, const struct hae_view_source *source,
                        const HaeOtlp__Span *message);
void hae_view_take_log(struct hae_view_store *store, const struct hae_view_source *source,
                       const HaeOtlp__LogRecord *message);

#endif
