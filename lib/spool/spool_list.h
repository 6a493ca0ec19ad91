/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a directory of spools, for whoever looks from outside: nothing is taken over, changed
 * or removed. */
#ifndef HAETAE_SPOOL_SPOOL_LIST_H
#define HAETAE_SPOOL_SPOOL_LIST_H

#include "haetae/recover.h"
#include "spool/spool_state.h"

/* The spool of an exporter and a signal. */
struct hae_spool_entry {
    char title[HAE_SPOOL_NAME_BYTES]; /* of the exporter          */
    char name[HAE_SPOOL_NAME_BYTES];  /* of its directory         */
    haetae_signal signal;
    uint64_t values[HAETAE_SPOOLED_COUNT];
};

struct hae_spool_entries {
    struct hae_spool_entry *items; /* by name */
    size_t count;
    size_t room;
};

/* Reads the directory of all spools, which is open. Ownership: the caller calls
 * hae_spool_entries_free(), also on failure. Errors: HAETAE_ENOMEM, HAETAE_EIO. */
haetae_status hae_spool_entries_read(int directory, struct hae_spool_entries *ret_entries);
void hae_spool_entries_free(struct hae_spool_entries *entries);

/* The title and the signal that a directory's name stands for. False: it is no spool's. */
bool hae_spool_read_directory_name(const char *name, char ret_title[HAE_SPOOL_NAME_BYTES],
                                   haetae_signal *ret_signal);

#endif
