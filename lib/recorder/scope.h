/* SPDX-License-Identifier: Apache-2.0 */
/* Instrumentation scopes, kept in the region as they go on the wire. A record
 * names its scope by a small number. */
#ifndef HAETAE_RECORDER_SCOPE_H
#define HAETAE_RECORDER_SCOPE_H

#include "haetae/status.h"
#include "haetae/types.h"
#include "recorder/state.h"

/* Finds or makes the number of a scope, 1 and up. NULL options are a scope without
 * a name. Cold: takes a lock.
 * Errors: HAETAE_EINVAL (invalid lengths, bad struct_size), HAETAE_ENOMEM, HAETAE_ELIMIT. */
haetae_status hae_scope_intern(struct hae_recorder *recorder, const haetae_scope_options *options,
                               uint16_t *ret_scope);

/* Around fork(), as in fork.h: the child finds every scope whole. */
void hae_scopes_before_fork(void);
void hae_scopes_in_parent(void);
void hae_scopes_in_child(void);

/* The scope of a number; NULL when there is none. */
const struct hae_scope *hae_scope_at(struct hae_region *region, uint16_t scope);

#endif
