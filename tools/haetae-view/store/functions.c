/* SPDX-License-Identifier: Apache-2.0 */
#include "store/functions.h"

#include "store/histogram.h"

static void add_value(struct hae_view_histogram *sum, sqlite3_value *value)
{
    const uint8_t *blob = sqlite3_value_blob(value);
    hae_view_histogram_add_blob(sum, blob, (size_t)sqlite3_value_bytes(value));
}

static void result(sqlite3_context *context, const struct hae_view_histogram *histogram)
{
    uint8_t *blob = sqlite3_malloc64(HAE_VIEW_HISTOGRAM_BYTES);
    if (blob == NULL) {
        sqlite3_result_error_nomem(context);
        return;
    }
    size_t size = hae_view_histogram_blob(histogram, blob);
    sqlite3_result_blob64(context, blob, size, sqlite3_free);
}

static void merge_histograms(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct hae_view_histogram sum = {.count = 0};
    for (int i = 0; i < count; i++) {
        add_value(&sum, values[i]);
    }
    result(context, &sum);
}

static void sum_step(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    struct hae_view_histogram *sum = sqlite3_aggregate_context(context, (int)sizeof *sum);
    if (sum == NULL) {
        sqlite3_result_error_nomem(context);
        return;
    }
    add_value(sum, values[0]);
}

static void sum_final(sqlite3_context *context)
{
    static const struct hae_view_histogram empty;
    const struct hae_view_histogram *sum = sqlite3_aggregate_context(context, 0);
    result(context, sum != NULL ? sum : &empty);
}

static void histogram_quantile(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    struct hae_view_histogram histogram = {.count = 0};
    add_value(&histogram, values[0]);
    int64_t max_ns = sqlite3_value_int64(values[1]);
    histogram.max_ns = max_ns > 0 ? (uint64_t)max_ns : 0;
    if (histogram.count == 0) {
        sqlite3_result_null(context);
        return;
    }
    double quantile = sqlite3_value_double(values[2]);
    sqlite3_result_int64(context, (int64_t)hae_view_histogram_quantile(&histogram, quantile));
}

bool hae_view_functions_add(sqlite3 *db)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    return sqlite3_create_function(db, "merge_histograms", 2, flags, NULL, merge_histograms, NULL,
                                   NULL) == SQLITE_OK &&
           sqlite3_create_function(db, "sum_histograms", 1, flags, NULL, NULL, sum_step,
                                   sum_final) == SQLITE_OK &&
           sqlite3_create_function(db, "histogram_quantile", 3, flags, NULL, histogram_quantile,
                                   NULL, NULL) == SQLITE_OK;
}
