/* SPDX-License-Identifier: Apache-2.0 */
/* W3C Baggage: the header baggage. */
#ifndef HAETAE_PROPAGATION_BAGGAGE_H
#define HAETAE_PROPAGATION_BAGGAGE_H

#include "propagation/propagator.h"

extern const struct hae_format hae_format_baggage;

#endif
