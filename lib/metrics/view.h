/* SPDX-License-Identifier: Apache-2.0 */
/* The views of a provider: which streams a new instrument has. */
#ifndef HAETAE_METRICS_VIEW_H
#define HAETAE_METRICS_VIEW_H

#include "base/diagnostics.h"
#include "haetae/view.h"
#include "metrics/instrument_options.h"
#include "metrics/stream_init.h"
#include "recorder/state.h"

struct hae_view;

/* The filters of several views, one after the other. */
struct hae_composed_filter {
    struct hae_composed_filter *next;
    struct hae_key_filter filters[];
};

/* All zero: none. A provider's are guarded by its lock. */
struct hae_views {
    struct hae_view *first;
    uint32_t count;
    bool composable;                      /* views that match are put together */
    struct hae_composed_filter *composed; /* filters made of several views'    */
    /* Streams that an instrument had no room for, not reported yet; relaxed. */
    _Atomic uint32_t left_out_count;
};

/* What the choice of streams for an instrument failed for. */
#define HAE_VIEWS_NO_MEMORY UINT32_MAX

/* Adds a view at the end. On HAETAE_EINVAL and HAETAE_EUNSUPPORTED *ret_why is why.
 * Errors: as haetae_config_add_view(). */
haetae_status hae_views_add(struct hae_views *views, const haetae_view_options *options,
                            const char **ret_why);

/* Frees the views behind the first `count`; and all of them, with what was made of them. */
void hae_views_cut(struct hae_views *views, uint32_t count);
void hae_views_done(struct hae_views *views);

/* Reports the views that match an instrument and do not suit it, and streams that were left out.
 * Any thread, without the lock. */
void hae_views_report(struct hae_views *views, const struct hae_heap *scopes,
                      const struct hae_instrument_request *request,
                      struct hae_diagnostics *diagnostics);

/* Reports the views that have matched no instrument. */
void hae_views_report_unmatched(const struct hae_views *views, struct hae_diagnostics *diagnostics);

#endif
