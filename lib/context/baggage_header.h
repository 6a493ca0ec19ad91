/* SPDX-License-Identifier: Apache-2.0 */
/* The header of a baggage. Specification: W3C Baggage, "Header Content". */
#ifndef HAETAE_CONTEXT_BAGGAGE_HEADER_H
#define HAETAE_CONTEXT_BAGGAGE_HEADER_H

#include "context/baggage_entry.h"
#include "haetae/baggage.h"

/* Room that the header of these entries needs at most, NUL included. */
size_t hae_baggage_header_room(const struct hae_baggage_entry *entries, size_t count);

/* Writes the header, with a final NUL, into that room, and returns its length. */
size_t hae_baggage_header_write(const struct hae_baggage_entry *entries, size_t count,
                                char *buffer);

/* The members of header values, which are read one after the other. */
struct hae_baggage_reader {
    struct hae_baggage_entry entries[HAETAE_BAGGAGE_HEADER_MEMBERS_MAX + 1];
    size_t count;
    size_t bytes_read;    /* of header values */
    size_t refused_count; /* members that are malformed */
    size_t text_length;
    char texts[HAETAE_BAGGAGE_HEADER_BYTES_MAX]; /* names, decoded values and metadata */
};

/* Reads one more value, as far as the limits allow. *reader is zero before the first. */
void hae_baggage_read(struct hae_baggage_reader *reader, haetae_string value);

/* Adds an entry whose value is ASCII, and percent-encoded if `is_encoded`, as far as the limits
 * allow. */
void hae_baggage_read_entry(struct hae_baggage_reader *reader, haetae_string name,
                            haetae_string value, bool is_encoded, haetae_string metadata);

#endif
