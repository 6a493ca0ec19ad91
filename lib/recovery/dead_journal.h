/* SPDX-License-Identifier: Apache-2.0 */
/* The journals of a dead region. */
#ifndef HAETAE_RECOVERY_DEAD_JOURNAL_H
#define HAETAE_RECOVERY_DEAD_JOURNAL_H

#include "recovery/dead.h"

/* Steps over what lies at a position below a journal's tail: an entry, or (*ret_body NULL) a
 * filler. False: it cannot be read, nor can anything behind it. */
bool hae_dead_step_entry(struct hae_dead *dead, const struct hae_stored_journal *journal,
                         uint64_t *position, struct hae_journal_entry *ret_entry,
                         const uint8_t **ret_body);

#endif
