/* SPDX-License-Identifier: Apache-2.0 */
#include "show/pane.h"

#include <string.h>

/* ---- The chosen row ------------------------------------------------------------------- */

static size_t rows_of(const struct hae_view_pane *pane)
{
    size_t rows = 0;
    for (size_t i = 0; i < pane->list_count; i++) {
        rows += pane->lists[i].shown;
    }
    return rows;
}

/* The number of the chosen row among those of all lists. */
static size_t number_of(const struct hae_view_pane *pane)
{
    size_t number = pane->chosen_row;
    for (size_t i = 0; i < pane->chosen_list; i++) {
        number += pane->lists[i].shown;
    }
    return number;
}

static void choose(struct hae_view_pane *pane, size_t number)
{
    size_t rows = rows_of(pane);
    pane->has_chosen = rows > 0;
    pane->chosen_list = 0;
    pane->chosen_row = 0;
    if (rows == 0) {
        return;
    }
    number = number < rows ? number : rows - 1;
    while (number >= pane->lists[pane->chosen_list].shown) {
        number -= pane->lists[pane->chosen_list++].shown;
    }
    pane->chosen_row = number;
    pane->chosen = *hae_view_list_at(&pane->lists[pane->chosen_list], number);
}

static void choose_home(struct hae_view_pane *pane)
{
    size_t rows = rows_of(pane);
    pane->at_home = true;
    choose(pane, hae_view_pane_type(pane->kind)->tail && rows > 0 ? rows - 1 : 0);
}

static void find_chosen(struct hae_view_pane *pane)
{
    size_t before = number_of(pane);
    if (pane->at_home || !pane->has_chosen) {
        choose_home(pane);
        return;
    }
    for (size_t i = 0; i < pane->list_count; i++) {
        size_t row = hae_view_list_find(&pane->lists[i], &pane->chosen);
        if (row != SIZE_MAX) {
            pane->chosen_list = i;
            pane->chosen_row = row;
            return;
        }
    }
    choose(pane, before); /* it has gone: what is there now */
}

void hae_view_pane_move(struct hae_view_pane *pane, ptrdiff_t rows)
{
    size_t number = number_of(pane);
    size_t last = rows_of(pane);
    last = last > 0 ? last - 1 : 0;
    if (rows < 0) {
        number = number > (size_t)-rows ? number - (size_t)-rows : 0;
    } else {
        number = last - number > (size_t)rows ? number + (size_t)rows : last;
    }
    choose(pane, number);
    pane->at_home = number == (hae_view_pane_type(pane->kind)->tail ? last : 0);
}

void hae_view_pane_move_to_end(struct hae_view_pane *pane, bool last)
{
    hae_view_pane_move(pane, last ? PTRDIFF_MAX / 2 : -(PTRDIFF_MAX / 2));
}

/* ---- Lists ---------------------------------------------------------------------------- */

void hae_view_pane_arrange(struct hae_view_pane *pane)
{
    const char *filter = hae_view_pane_type(pane->kind)->finds ? "" : pane->filter;
    for (size_t i = 0; i < pane->list_count; i++) {
        struct hae_view_list *list = &pane->lists[i];
        if (!pane->sorted[i]) {
            pane->sorts[i] = hae_view_list_first_sort(list->type);
        }
        hae_view_list_arrange(list, filter, pane->sorts[i]);
    }
    find_chosen(pane);
}

static void free_lists(struct hae_view_list *lists, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hae_view_list_done(&lists[i]);
    }
}

void hae_view_pane_take(struct hae_view_pane *pane, struct hae_view_reading *reading)
{
    size_t before = number_of(pane);
    free_lists(pane->lists, pane->list_count);
    memcpy(pane->lists, reading->lists, sizeof pane->lists);
    pane->list_count = reading->list_count;
    reading->list_count = 0;
    pane->was_read = true;
    pane->chosen_list = 0;
    pane->chosen_row = before;
    hae_view_pane_arrange(pane);
}

void hae_view_pane_done(struct hae_view_pane *pane)
{
    free_lists(pane->lists, pane->list_count);
    memset(pane, 0, sizeof *pane);
}
