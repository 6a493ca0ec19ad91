/* SPDX-License-Identifier: Apache-2.0 */
#include "show/list.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "show/sections.h"
#include "util/figures.h"
#include "util/grow.h"

#define TEXT_MAX 1024 /* bytes of one cell */

void hae_view_list_init(struct hae_view_list *list, const struct hae_view_list_type *type)
{
    memset(list, 0, sizeof *list);
    list->type = type;
    hae_view_table_init(&list->table, type->columns, type->column_count);
}

void hae_view_list_done(struct hae_view_list *list)
{
    hae_view_table_done(&list->table);
    free(list->targets);
    free(list->values);
    free(list->order);
    memset(list, 0, sizeof *list);
}

/* ---- Rows ------------------------------------------------------------------------------------ */

struct hae_view_target *hae_view_list_row(struct hae_view_list *list,
                                          enum hae_view_target_kind kind, int64_t id)
{
    struct hae_view_target *targets =
        hae_view_grow(list->targets, list->row_count, &list->row_capacity, sizeof *targets);
    if (targets == NULL) {
        list->failed = true;
        return NULL;
    }
    list->targets = targets;
    struct hae_view_target *target = &targets[list->row_count++];
    memset(target, 0, sizeof *target);
    target->kind = kind;
    target->id = id;
    return target;
}

/* The value of the next cell. False: out of memory. */
static bool add_value(struct hae_view_list *list, double value)
{
    double *values =
        hae_view_grow(list->values, list->value_count, &list->value_capacity, sizeof *values);
    if (values == NULL) {
        list->failed = true;
        return false;
    }
    list->values = values;
    values[list->value_count++] = value;
    return true;
}

static void add(struct hae_view_list *list, enum hae_view_style style, double value,
                const char *text)
{
    if (add_value(list, value)) {
        hae_view_table_cell(&list->table, style, text);
    }
}

void hae_view_list_text(struct hae_view_list *list, enum hae_view_style style, const char *text)
{
    char clean[TEXT_MAX];
    hae_view_text_clean_string(clean, sizeof clean, text);
    add(list, style, (double)NAN, clean);
}

void hae_view_list_wide_text(struct hae_view_list *list, enum hae_view_style style,
                             const char *text)
{
    char clean[TEXT_MAX];
    hae_view_text_clean_string(clean, sizeof clean, text);
    if (add_value(list, (double)NAN)) {
        hae_view_table_wide_cell(&list->table, style, clean);
    }
    for (size_t i = 1; i < list->type->column_count; i++) {
        add(list, style, (double)NAN, "");
    }
}

void hae_view_list_figure(struct hae_view_list *list, enum hae_view_style style, double value,
                          const char *text)
{
    /* What is not known comes last, when the largest are first. */
    add(list, style, isnan(value) ? -(double)INFINITY : value, text);
}

void hae_view_list_count(struct hae_view_list *list, enum hae_view_style style, int64_t count)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    hae_view_list_figure(
        list, style, (double)count,
        hae_view_figure_count(figure, sizeof figure, count > 0 ? (uint64_t)count : 0));
}

void hae_view_list_share(struct hae_view_list *list, int64_t part, int64_t whole)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    uint64_t errors = part > 0 ? (uint64_t)part : 0;
    uint64_t all = whole > 0 ? (uint64_t)whole : 0;
    hae_view_list_figure(list, hae_view_error_style(errors, all),
                         all > 0 ? (double)errors / (double)all : (double)NAN,
                         hae_view_figure_percent(figure, sizeof figure, errors, all));
}

void hae_view_list_duration(struct hae_view_list *list, int64_t ns)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    double value = ns >= 0 ? (double)ns : (double)NAN;
    hae_view_list_figure(list, HAE_VIEW_NORMAL, value,
                         hae_view_figure_duration(figure, sizeof figure, value));
}

void hae_view_list_time(struct hae_view_list *list, int64_t unix_ns, bool ms)
{
    char figure[HAE_VIEW_FIGURE_SIZE];
    hae_view_figure_time(figure, sizeof figure, unix_ns > 0 ? (uint64_t)unix_ns : 0);
    if (!ms && strlen(figure) > 8) {
        figure[8] = '\0';
    }
    hae_view_list_figure(list, HAE_VIEW_DIM, (double)unix_ns, figure);
}

void hae_view_list_id(struct hae_view_list *list, struct hae_view_id id)
{
    char figure[HAE_VIEW_FIGURE_SIZE] = "-";
    if (id.size >= 4) {
        hae_view_figure_hex(figure, sizeof figure, id.bytes, 4);
    }
    add(list, HAE_VIEW_DIM, (double)NAN, figure);
}

void hae_view_target_name(char out[HAE_VIEW_NAME_SIZE], const char *text)
{
    hae_view_text_clean_string(out, HAE_VIEW_NAME_SIZE, text);
}

/* ---- Order ----------------------------------------------------------------------------------- */

static const char *text_of(const struct hae_view_list *list, size_t cell)
{
    return list->table.texts.data + list->table.cells[cell].text;
}

static bool passes(const struct hae_view_list *list, size_t row, const char *filter)
{
    bool found = filter[0] == '\0';
    for (size_t i = 0; i < list->type->column_count && !found; i++) {
        found = strstr(text_of(list, row * list->type->column_count + i), filter) != NULL;
    }
    return found;
}

/* qsort() has no argument of its own: each item has all that it needs. */
struct item {
    const struct hae_view_list *list;
    size_t cell;
    uint32_t row;
    bool largest_first;
};

static int compare(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;
    double value_x = x->list->values[x->cell];
    double value_y = y->list->values[y->cell];
    int order = isnan(value_x) || isnan(value_y)
                    ? strcmp(text_of(x->list, x->cell), text_of(y->list, y->cell))
                : value_x < value_y ? -1
                                    : value_x > value_y;
    if (order == 0) {
        return x->row < y->row ? -1 : 1; /* as they came */
    }
    return x->largest_first ? -order : order;
}

static void sort_rows(struct hae_view_list *list, struct hae_view_sort sort)
{
    struct item *items = list->shown > 0 ? malloc(list->shown * sizeof *items) : NULL;
    if (items == NULL) {
        return; /* they stay as they came */
    }
    for (size_t i = 0; i < list->shown; i++) {
        size_t cell = list->order[i] * list->type->column_count + (size_t)sort.column;
        items[i] = (struct item){list, cell, list->order[i], sort.largest_first};
    }
    qsort(items, list->shown, sizeof *items, compare);
    for (size_t i = 0; i < list->shown; i++) {
        list->order[i] = items[i].row;
    }
    free(items);
}

void hae_view_list_arrange(struct hae_view_list *list, const char *filter,
                           struct hae_view_sort sort)
{
    size_t cells = list->row_count * list->type->column_count;
    list->shown = 0;
    if (list->table.cell_count != cells || list->value_count != cells) {
        list->failed = true; /* there was no memory for a cell */
    }
    if (list->failed || list->table.texts.failed || list->row_count == 0) {
        return;
    }
    uint32_t *order = realloc(list->order, list->row_count * sizeof *order);
    if (order == NULL) {
        list->failed = true;
        return;
    }
    list->order = order;
    for (size_t row = 0; row < list->row_count; row++) {
        if (passes(list, row, filter)) {
            order[list->shown++] = (uint32_t)row;
        }
    }
    if (sort.column >= 0) {
        sort_rows(list, sort);
    }
}

static bool has(unsigned bits, int column)
{
    return (bits & HAE_VIEW_COLUMN(column)) != 0;
}

struct hae_view_sort hae_view_list_next_sort(const struct hae_view_list_type *type,
                                             struct hae_view_sort sort)
{
    int columns = (int)type->column_count;
    for (int i = 1; i <= columns; i++) {
        int column = (sort.column + i) % columns;
        if (has(type->sorts, column)) {
            return (struct hae_view_sort){column, has(type->largest_first, column)};
        }
    }
    return sort;
}

struct hae_view_sort hae_view_list_first_sort(const struct hae_view_list_type *type)
{
    return (struct hae_view_sort){type->sort,
                                  type->sort >= 0 && has(type->largest_first, type->sort)};
}

/* ---- Rows that are shown --------------------------------------------------------------------- */

const struct hae_view_target *hae_view_list_at(const struct hae_view_list *list, size_t place)
{
    return place < list->shown ? &list->targets[list->order[place]] : NULL;
}

static bool same(const struct hae_view_target *a, const struct hae_view_target *b)
{
    return a->kind == b->kind && a->id == b->id &&
           memcmp(a->trace_id, b->trace_id, sizeof a->trace_id) == 0 &&
           strcmp(a->service, b->service) == 0;
}

size_t hae_view_list_find(const struct hae_view_list *list, const struct hae_view_target *target)
{
    for (size_t place = 0; place < list->shown; place++) {
        if (same(hae_view_list_at(list, place), target)) {
            return place;
        }
    }
    return SIZE_MAX;
}
