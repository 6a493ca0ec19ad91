/* SPDX-License-Identifier: Apache-2.0 */
/* Which attributes an instrument keeps when no view decides that: what its maker advises.
 * Specification: "Instrument advisory parameter: Attributes". */
#ifndef HAETAE_METRICS_ADVISORY_H
#define HAETAE_METRICS_ADVISORY_H

#include "metrics/filter.h"

/* Whether each key is text that an attribute may have, and there are at most
 * HAE_METRIC_ATTRIBUTES_MAX. */
bool hae_advisory_valid(const haetae_string *keys, size_t count);

/* A filter that keeps copies of these keys, all in one block for hae_free(); NULL: no memory. */
struct hae_key_filter *hae_advisory_filter_new(const haetae_string *keys, size_t count);

/* Whether a filter that was made so keeps these keys and no other. */
bool hae_advisory_same(const struct hae_key_filter *filter, const haetae_string *keys,
                       size_t count);

#endif
