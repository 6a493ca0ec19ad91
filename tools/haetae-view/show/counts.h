/* SPDX-License-Identifier: Apache-2.0 */
/* What has been received in all, for people. */
#ifndef HAETAE_VIEW_SHOW_COUNTS_H
#define HAETAE_VIEW_SHOW_COUNTS_H

#include "show/canvas.h"
#include "store/totals.h"

/* The separator between two things in a line. */
const char *hae_view_counts_dot(const struct hae_view_canvas *canvas);

/* "1,234 spans · 12 logs". `measurements` NaN: they are not known. */
void hae_view_counts_line(struct hae_view_canvas *canvas, const struct hae_view_totals *totals,
                          double measurements);

/* Warnings about what looks wrong: up to two lines, or nothing. */
void hae_view_counts_troubles(struct hae_view_canvas *canvas, const struct hae_view_totals *totals);

/* What to do when nothing arrives. */
void hae_view_counts_waiting(struct hae_view_canvas *canvas, const char *address);

#endif
