/* SPDX-License-Identifier: Apache-2.0 */
/* The totals as one JSON object, for scripts. The names are part of the tool's
 * interface: docs/man/haetae-view.1 lists them. */
#ifndef HAETAE_VIEW_SHOW_TOTALS_H
#define HAETAE_VIEW_SHOW_TOTALS_H

#include "base/buffer.h"
#include "query/summary.h"

/* Writes the object and a newline. The summary should be of the whole run. */
void hae_view_totals_write(const struct hae_view_summary *summary, struct hae_buffer *out);

/* Takes a summary of the whole run and writes it. False when out of memory, or requests keep it
 * from reading. */
bool hae_view_totals_of(struct hae_view_store *store, struct hae_view_arrival now,
                        struct hae_buffer *out);

#endif
