/* SPDX-License-Identifier: Apache-2.0 */
/* The end of transfers, of one or of all: when libcurl fails as a whole, or the host has closed
 * descriptors of the exporter's. */
#ifndef HAETAE_OTLP_GIVE_UP_H
#define HAETAE_OTLP_GIVE_UP_H

#include "otlp/state.h"

/* Completes a delivery that has no answer. */
void hae_http_exporter_complete(haetae_delivery *delivery, haetae_verdict verdict,
                                const char *message);

/* Makes a transfer idle that is not in the loop. */
void hae_http_exporter_release(struct hae_http_exporter *exporter,
                               struct hae_http_transfer *transfer);

/* Whether the host has closed descriptors of ours. Then all transfers are given up. */
bool hae_http_exporter_has_lost(struct hae_http_exporter *exporter);

/* Gives all transfers up, when the loop is broken, and goes on with a new one. */
void hae_http_exporter_give_up(struct hae_http_exporter *exporter);

#endif
