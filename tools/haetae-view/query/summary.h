/* SPDX-License-Identifier: Apache-2.0 */
/* Takes a summary of what was received: what the terminal and the JSON of the totals start from. */
#ifndef HAETAE_VIEW_QUERY_SUMMARY_H
#define HAETAE_VIEW_QUERY_SUMMARY_H

#include "query/summary_types.h"

/* Makes the summary. False when there is no memory, or requests keep it from reading: then there is
 * nothing to free. */
bool hae_view_summary_take(struct hae_view_store *store,
                           const struct hae_view_summary_options *options,
                           struct hae_view_summary *ret_summary);
void hae_view_summary_done(struct hae_view_summary *summary);

#endif
