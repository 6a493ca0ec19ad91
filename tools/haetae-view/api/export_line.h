/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of an export: each is one request of OTLP in JSON, with items of one resource and one
 * scope. Private to this folder. */
#ifndef HAETAE_VIEW_API_EXPORT_LINE_H
#define HAETAE_VIEW_API_EXPORT_LINE_H

#include "api/call.h"
#include "query/export.h"

struct hae_view_export_lines {
    struct hae_view_call *call;
    enum hae_view_signal signal;
    bool open;    /* a line is */
    size_t begin; /* where it begins */
    size_t items; /* in it */
    int64_t resource;
    int64_t scope;
    int64_t last; /* the number of the last row */
    int64_t rows; /* how many */
};

/* Whether the open line, if there is one, can have the row too. */
bool hae_view_export_fits(const struct hae_view_export_lines *lines,
                          const struct hae_view_exported *row);

/* Makes sure that a line is open that can have the row, and counts it. */
int hae_view_export_line_of(struct hae_view_export_lines *lines,
                            const struct hae_view_exported *row);

/* Ends the line that is open, if there is one. */
void hae_view_export_end_line(struct hae_view_export_lines *lines);

#endif
