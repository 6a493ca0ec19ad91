/* SPDX-License-Identifier: Apache-2.0 */
/* Functions for SQL:
 *   merge_histograms(a, b)                  the sum of two histograms of the table rollup
 *   sum_histograms(h)                       an aggregate: the sum of all
 *   histogram_quantile(h, max_ns, quantile) in nanoseconds; NULL of an empty one */
#ifndef HAETAE_VIEW_STORE_FUNCTIONS_H
#define HAETAE_VIEW_STORE_FUNCTIONS_H

#include <sqlite3.h>
#include <stdbool.h>

bool hae_view_functions_add(sqlite3 *db);

#endif
