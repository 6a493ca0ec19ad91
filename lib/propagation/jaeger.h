/* SPDX-License-Identifier: Apache-2.0 */
/* Jaeger: the header uber-trace-id, and a header for each entry of the baggage, uberctx-<name>. */
#ifndef HAETAE_PROPAGATION_JAEGER_H
#define HAETAE_PROPAGATION_JAEGER_H

#include "propagation/propagator.h"

extern const struct hae_format hae_format_jaeger;

#endif
