/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/limits.h"

const struct hae_span_limits *hae_span_limits_of[HAE_RECORDERS_MAX];
