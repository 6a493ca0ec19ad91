/* SPDX-License-Identifier: Apache-2.0 */
/* The sections of the terminal's view; private to it. Each writes a heading and its
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

/* `lines` is how many lines a section may take, at least HAE_VIEW_SECTION_LEAST. */
#define HAE_VIEW_SECTION_LEAST 5
void hae_view_section_services(struct hae_view_canvas *canvas,
                               const struct hae_view_summary *summary, size_t lines);
void hae_view_section_errors(struct hae_view_canvas *canvas, const struct hae_view_summary *summary,
                             size_t lines);

#endif
