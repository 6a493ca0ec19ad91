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

/* A scope as it is kept. `bytes` NULL: there is none. */
struct hae_scope_view {
    const uint8_t *bytes; /* the InstrumentationScope message, then the schema URL */
    uint32_t scope_size_bytes;
    uint32_t schema_url_size_bytes;
};

/* The scope of a number. Whatever the region says by now, it lies in the heap. */
struct hae_scope_view hae_scope_at(const struct hae_heap *heap, uint16_t scope);

#endif
