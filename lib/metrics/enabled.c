/* SPDX-License-Identifier: Apache-2.0 */
/* The API's calls that say whether a measurement would be recorded.
 * Specification: "Metrics API", "Enabled". */
#include "metrics/instrument.h"
#include "metrics/meter.h"
#include "recorder/call.h"

static bool enabled(const struct hae_instrument *instrument)
{
    return instrument != NULL && instrument->stream_count != 0 &&
           /* Relaxed: a change takes effect soon. */
           !atomic_load_explicit(&instrument->meter->disabled, memory_order_relaxed) &&
           hae_will_admit(instrument->recorder);
}

#define ENABLED(kind)                                                                              \
    bool haetae_##kind##_enabled(const haetae_##kind *instrument)                                  \
    {                                                                                              \
        return enabled((const struct hae_instrument *)instrument);                                 \
    }

ENABLED(counter)
ENABLED(up_down_counter)
ENABLED(gauge)
ENABLED(histogram)
