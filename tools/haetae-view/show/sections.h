/* SPDX-License-Identifier: Apache-2.0 */
/* The sections of a summary; private to this folder. Each writes a heading and its
 * content, or nothing when there is nothing to show. */
#ifndef HAETAE_VIEW_SHOW_SECTIONS_H
#define HAETAE_VIEW_SHOW_SECTIONS_H

#include "query/summary.h"
#include "show/canvas.h"

#define HAE_VIEW_INDENT 2

/* "HEADING  detail". */
void hae_view_section_heading(struct hae_view_canvas *canvas, const char *heading,
                              const char *detail);

/* "… and 12 more errors", indented. */
void hae_view_section_more(struct hae_view_canvas *canvas, size_t indent, uint64_t count,
                           const char *what);

/* Of a share of failed requests. */
enum hae_view_style hae_view_error_style(uint64_t errors, uint64_t all);

void hae_view_section_services(struct hae_view_canvas *canvas,
                               const struct hae_view_summary *summary);
void hae_view_section_errors(struct hae_view_canvas *canvas,
                             const struct hae_view_summary *summary);

#endif
