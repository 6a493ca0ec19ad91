/* SPDX-License-Identifier: Apache-2.0 */
/* Histograms and summaries: their figures, and as JSON what their points hold. */
#ifndef HAETAE_VIEW_DECODE_DISTRIBUTIONS_H
#define HAETAE_VIEW_DECODE_DISTRIBUTIONS_H

#include "decode/decode_items.h"

/* Each reads a data point of its kind. The text is valid until intake->texts[4] changes. */
struct hae_view_text hae_view_take_histogram(struct hae_view_intake *intake,
                                             struct hae_view_bytes point,
                                             struct hae_view_figures *ret_figures);
struct hae_view_text hae_view_take_exponential(struct hae_view_intake *intake,
                                               struct hae_view_bytes point,
                                               struct hae_view_figures *ret_figures);
struct hae_view_text hae_view_take_summary(struct hae_view_intake *intake,
                                           struct hae_view_bytes point,
                                           struct hae_view_figures *ret_figures);

#endif
