/* SPDX-License-Identifier: Apache-2.0 */
/* A round of callbacks: callbacks.h says how it goes. */
#ifndef HAETAE_METRICS_CALLBACK_ROUND_H
#define HAETAE_METRICS_CALLBACK_ROUND_H

#include "metrics/callbacks.h"

/* Calls all callbacks, and the producers of a reader. Puts what they observe into the cells, and
 * what they produce into callbacks->produced, which stays there until the next round. Only one
 * thread at a time. */
void hae_callbacks_collect(struct hae_callbacks *callbacks, const struct hae_metric_reader *reader,
                           uint64_t now_unix_ns);

#endif
