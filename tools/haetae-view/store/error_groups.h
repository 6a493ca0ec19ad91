/* SPDX-License-Identifier: Apache-2.0 */
/* Equal errors are counted together: in an outage one comes a thousand times. They are equal when
 * they have the same service and kind, and texts that differ in digits only. */
#ifndef HAETAE_VIEW_STORE_ERROR_GROUPS_H
#define HAETAE_VIEW_STORE_ERROR_GROUPS_H

#include "store/rows.h"

struct hae_view_database;

/* Counts an error, and returns the number of its group; 0: it failed. `trace_id` NULL: none. */
int64_t hae_view_error_group(struct hae_view_database *database, struct hae_view_text service,
                             const char *kind, struct hae_view_text text, const uint8_t *trace_id,
                             uint64_t time_ns);

#endif
