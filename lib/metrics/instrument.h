/* SPDX-License-Identifier: Apache-2.0 */
/* Making instruments in the region. */
#ifndef HAE_METRICS_INSTRUMENT_H
#define HAE_METRICS_INSTRUMENT_H

#include "metrics/meter.h"

/* What an instrument is to be, checked and with its texts as fields of a Metric
 * message: name, description, unit. */
struct hae_instrument_request {
    uint8_t kind;
    uint8_t number_type;
    uint32_t boundary_count;
    const double *boundaries;
    const uint8_t *fields;
    uint32_t name_size_bytes; /* of the first field */
    uint32_t fields_size_bytes;
};

/* Makes an instrument at the end of the region's list. The caller holds the
 * provider's lock. Errors: HAETAE_ELIMIT. */
haetae_status hae_instrument_make(struct hae_meter_provider *provider, uint16_t scope,
                                  const struct hae_instrument_request *request,
                                  struct hae_instrument **ret_instrument);

#endif
