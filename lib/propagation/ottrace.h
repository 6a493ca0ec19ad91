/* SPDX-License-Identifier: Apache-2.0 */
/* OT Trace, of OpenTracing's basic tracers: ot-tracer-traceid and others, and a header for each
 * entry of the baggage, ot-baggage-<name>. Its trace ids have 8 bytes. */
#ifndef HAETAE_PROPAGATION_OTTRACE_H
#define HAETAE_PROPAGATION_OTTRACE_H

#include "propagation/propagator.h"

extern const struct hae_format hae_format_ottrace;

#endif
