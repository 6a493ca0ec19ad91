/* SPDX-License-Identifier: Apache-2.0 */
/* What the screen shows under a tab, or when something was opened there: lists that are read from
 * the database, and which of their rows is chosen. */
#ifndef HAETAE_VIEW_SHOW_PANE_H
#define HAETAE_VIEW_SHOW_PANE_H

#include "show/pane_types.h"

#define HAE_VIEW_FILTER_SIZE 128

struct hae_view_pane {
    enum hae_view_pane_kind kind;
    struct hae_view_target of;         /* what was opened, or what a tab is confined to */
    char filter[HAE_VIEW_FILTER_SIZE]; /* "": none */
    int level;                         /* the least severity of log records */
    struct hae_view_list lists[HAE_VIEW_LISTS_MAX];
    size_t list_count;
    struct hae_view_sort sorts[HAE_VIEW_LISTS_MAX];
    bool sorted[HAE_VIEW_LISTS_MAX];   /* as the user chose */
    size_t firsts[HAE_VIEW_LISTS_MAX]; /* the first row on the screen */
    bool has_chosen;
    bool at_home; /* the chosen row is the first one, or the newest: it stays there */
    size_t chosen_list;
    size_t chosen_row;
    struct hae_view_target chosen;
    bool was_read;
};

/* Takes over what was read, and finds the chosen row again. */
void hae_view_pane_take(struct hae_view_pane *pane, struct hae_view_reading *reading);
void hae_view_pane_done(struct hae_view_pane *pane);

/* Filters and sorts the lists again. */
void hae_view_pane_arrange(struct hae_view_pane *pane);

/* Moves the choice by rows: negative is up. */
void hae_view_pane_move(struct hae_view_pane *pane, ptrdiff_t rows);
void hae_view_pane_move_to_end(struct hae_view_pane *pane, bool last);

#endif
