/* SPDX-License-Identifier: Apache-2.0 */
/* W3C Trace Context: the headers traceparent and tracestate. */
#ifndef HAETAE_PROPAGATION_W3C_H
#define HAETAE_PROPAGATION_W3C_H

#include "propagation/propagator.h"

extern const struct hae_format hae_format_w3c;

#endif
