/* SPDX-License-Identifier: Apache-2.0 */
/* A round of callbacks: callbacks.h says how it goes. */
#ifndef HAETAE_METRICS_CALLBACK_ROUND_H
#define HAETAE_METRICS_CALLBACK_ROUND_H

#include "metrics/callbacks.h"

/* Calls all callbacks, and puts what they observe into the cells. Only one thread at a time. */
void hae_callbacks_collect(struct hae_callbacks *callbacks);

#endif
