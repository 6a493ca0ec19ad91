/* SPDX-License-Identifier: Apache-2.0 */
/* Instrumentation scopes, kept in the region as they go on the wire. A record
 * names its scope by a small number. */
#ifndef HAE_RECORDER_SCOPE_H
#define HAE_RECORDER_SCOPE_H

#include "haetae/status.h"
#include "haetae/types.h"
#include "recorder/recorder.h"

/* Of both together. */
enum { HAE_SCOPE_SIZE_MAX = 64 * 1024 };

struct hae_scope {
    uint32_t scope_size_bytes; /* of the InstrumentationScope message */
    uint32_t schema_url_size_bytes;
    uint8_t bytes[]; /* the message, then the schema URL */
};

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
const struct hae_scope *hae_scope_at(struct hae_recorder *recorder, uint16_t scope);

#endif
