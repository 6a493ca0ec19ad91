/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that can be sorted, filtered and chosen, under a heading. */
#ifndef HAETAE_VIEW_SHOW_LIST_H
#define HAETAE_VIEW_SHOW_LIST_H

#include "query/rows.h"
#include "show/table.h"
#include "store/totals.h"

#define HAE_VIEW_COLUMN(i) (1U << (i))

struct hae_view_list_type {
    const char *heading;
    const char *empty; /* what stands there instead of rows; NULL: it is left out then */
    const struct hae_view_column *columns;
    size_t column_count;
    unsigned sorts;         /* bit i: rows can be sorted by column i */
    unsigned largest_first; /* bit i: and then begin with the largest, unless turned round */
    int sort;               /* by this one at first; -1: they stay as they came */
};

/* What a row stands for, and is opened by it. */
enum hae_view_target_kind {
    HAE_VIEW_TO_NOTHING,
    HAE_VIEW_TO_SERVICE,
    HAE_VIEW_TO_ROUTE,
    HAE_VIEW_TO_CALL,
    HAE_VIEW_TO_TRACE,
    HAE_VIEW_TO_SPAN,
    HAE_VIEW_TO_LOG,
    HAE_VIEW_TO_ERROR,
    HAE_VIEW_TO_METRIC,
    HAE_VIEW_TO_ALERT
};

struct hae_view_target {
    enum hae_view_target_kind kind;
    int64_t id; /* of its row in the database, or of its operation */
    uint8_t trace_id[16];
    char service[HAE_VIEW_NAME_SIZE]; /* clean, as the name */
    char name[HAE_VIEW_NAME_SIZE];
};

/* How rows are sorted. */
struct hae_view_sort {
    int column; /* -1: not */
    bool largest_first;
};

struct hae_view_list {
    const struct hae_view_list_type *type;
    struct hae_view_table table;
    struct hae_view_target *targets; /* of each row */
    size_t row_count;
    size_t row_capacity;
    double *values; /* of each cell, by which it is sorted; NaN: by its text */
    size_t value_count;
    size_t value_capacity;
    uint32_t *order; /* rows that are shown, in their order */
    size_t shown;
    char detail[240]; /* after the heading */
    bool failed;      /* out of memory */
};

void hae_view_list_init(struct hae_view_list *list, const struct hae_view_list_type *type);
void hae_view_list_done(struct hae_view_list *list);

/* Begins a row and returns what it stands for, to be filled in; NULL: out of memory. All cells are
 * added then, from the left. */
struct hae_view_target *hae_view_list_row(struct hae_view_list *list,
                                          enum hae_view_target_kind kind, int64_t id);

/* Received text: it is made clean, and sorted as text. */
void hae_view_list_text(struct hae_view_list *list, enum hae_view_style style, const char *text);
/* The same over the whole row, whose other cells are empty: it is complete then. */
void hae_view_list_wide_text(struct hae_view_list *list, enum hae_view_style style,
                             const char *text);
/* Clean text, sorted by a number, which may be NaN. */
void hae_view_list_figure(struct hae_view_list *list, enum hae_view_style style, double value,
                          const char *text);
void hae_view_list_count(struct hae_view_list *list, enum hae_view_style style, int64_t count);
/* A share of failed ones, in the colour that it deserves. */
void hae_view_list_share(struct hae_view_list *list, int64_t part, int64_t whole);
/* Below 0: it is not known. */
void hae_view_list_duration(struct hae_view_list *list, int64_t ns);
void hae_view_list_time(struct hae_view_list *list, int64_t unix_ns, bool ms);
/* The first eight digits of an id. */
void hae_view_list_id(struct hae_view_list *list, struct hae_view_id id);

void hae_view_target_name(char out[HAE_VIEW_NAME_SIZE], const char *text);

/* Chooses the rows with a text in one of their cells (case counts; "": all), and sorts them. */
void hae_view_list_arrange(struct hae_view_list *list, const char *filter,
                           struct hae_view_sort sort);

/* The next column to sort by, and its usual direction. */
struct hae_view_sort hae_view_list_next_sort(const struct hae_view_list_type *type,
                                             struct hae_view_sort sort);
struct hae_view_sort hae_view_list_first_sort(const struct hae_view_list_type *type);

/* The place of a row among those that are shown; SIZE_MAX: it is not there. */
size_t hae_view_list_find(const struct hae_view_list *list, const struct hae_view_target *target);
const struct hae_view_target *hae_view_list_at(const struct hae_view_list *list, size_t place);

#endif
