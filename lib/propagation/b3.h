/* SPDX-License-Identifier: Apache-2.0 */
/* B3 of Zipkin, in one header (b3) or in several (X-B3-…).
 * Specification: "B3 Requirements". */
#ifndef HAETAE_PROPAGATION_B3_H
#define HAETAE_PROPAGATION_B3_H

#include "propagation/propagator.h"

extern const struct hae_format hae_format_b3;
extern const struct hae_format hae_format_b3multi;

#endif
