/* SPDX-License-Identifier: Apache-2.0 */
/* AWS X-Ray: the header X-Amzn-Trace-Id. */
#ifndef HAETAE_PROPAGATION_XRAY_H
#define HAETAE_PROPAGATION_XRAY_H

#include "propagation/propagator.h"

extern const struct hae_format hae_format_xray;

#endif
