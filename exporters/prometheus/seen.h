/* SPDX-License-Identifier: Apache-2.0 */
/* The series that a page has already: two of one family with the same labels would be one series
 * with two values, which a scraper refuses, and with it the whole page. */
#ifndef HAETAE_PROMETHEUS_SEEN_H
#define HAETAE_PROMETHEUS_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "label.h"

/* Zeroes: none. */
struct hae_prom_seen {
    uint64_t *slots; /* hashes; 0: free */
    size_t capacity; /* a power of two  */
    size_t count;
    bool failed; /* out of memory */
};

void hae_prom_seen_done(struct hae_prom_seen *seen);

/* Whether it is the first series of a family, of which the caller gives the number, with these
 * labels, which are sorted. */
bool hae_prom_is_new(struct hae_prom_seen *seen, size_t family,
                     const struct hae_prom_labels *labels);

#endif
