/* SPDX-License-Identifier: Apache-2.0 */
/* Baggage in a header for each entry, whose name is a prefix and the entry's name. */
#ifndef HAETAE_PROPAGATION_PREFIXED_H
#define HAETAE_PROPAGATION_PREFIXED_H

#include "propagation/propagator.h"

/* Sets the headers of all entries whose names and values can be headers. `encoded`: values are
 * percent-encoded; else those that would have to be are left out. */
void hae_prefixed_inject(const struct hae_injection *injection, const char *prefix, bool encoded);

/* Reads such headers. True: there was one. */
bool hae_prefixed_extract(struct hae_extraction *extraction, const char *prefix, bool encoded);

#endif
