/* SPDX-License-Identifier: Apache-2.0 */
#include "propagation/propagator.h"

void hae_propagators_inject(const struct hae_propagators *propagators,
                            const struct hae_carried *carried, haetae_carrier_set set,
                            void *carrier)
{
    for (size_t i = 0; i < propagators->count; i++) {
        propagators->items[i]->inject(carried, set, carrier);
    }
}

haetae_status hae_propagators_extract(const struct hae_propagators *propagators,
                                      const struct hae_headers *headers,
                                      struct hae_carried *ret_carried)
{
    const struct hae_propagator *const *items = propagators->items;
    const struct hae_propagator *source = NULL; /* of the span context */
    haetae_status status = HAETAE_EFORMAT;
    struct hae_carried carried = {.carrier_text = {NULL, 0}};

    for (size_t i = 0; i < propagators->count; i++) {
        struct hae_carried found = {.carrier_text = {NULL, 0}};

        if (items[i]->extract(headers, &found) != HAETAE_OK) {
            continue;
        }
        status = HAETAE_OK;
        if (haetae_span_context_is_valid(&found.span)) {
            carried = found;
            source = items[i];
        }
    }
    /* A propagator that came later may have made the text stale by asking for another header:
     * the source reads it again, last. */
    if (source != NULL && source != items[propagators->count - 1]) {
        (void)source->extract(headers, &carried);
    }
    if (status == HAETAE_OK) {
        *ret_carried = carried;
    }
    return status;
}
