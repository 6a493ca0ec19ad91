/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sweep.h"

#include <stdint.h>

#include "store/database_types.h"
#include "store/number.h"

/* In this order: a series that goes frees its metric and its resource. The first rows stay: they
 * stand for all others when there are too many. */
static const char series[] = "DELETE FROM series WHERE id NOT IN (SELECT series FROM point)";
static const char metrics[] = "DELETE FROM metric WHERE id NOT IN (SELECT metric FROM series)";
static const char ops[] = "DELETE FROM op WHERE id > 2 AND id NOT IN"
                          " (SELECT op FROM span UNION SELECT op FROM rollup)";
static const char scopes[] =
    "DELETE FROM scope WHERE id > 1 AND id NOT IN"
    " (SELECT scope FROM span UNION SELECT scope FROM log UNION SELECT scope FROM metric)";
static const char resources[] =
    "DELETE FROM resource WHERE id > 1 AND id NOT IN"
    " (SELECT resource FROM span UNION SELECT resource FROM log UNION SELECT resource FROM series"
    " UNION SELECT resource FROM rollup)";

static bool is_half_full(sqlite3 *db, size_t series_max)
{
    const struct {
        const char *query;
        size_t max;
    } tables[] = {
        {"SELECT count(*) FROM resource", HAE_VIEW_RESOURCES_MAX},
        {"SELECT count(*) FROM scope", HAE_VIEW_SCOPES_KNOWN_MAX},
        {"SELECT count(*) FROM op", HAE_VIEW_OPS_MAX},
        {"SELECT count(*) FROM metric", HAE_VIEW_METRICS_MAX},
        {"SELECT count(*) FROM series", series_max},
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (hae_view_number_of(db, tables[i].query) >= (int64_t)(tables[i].max / 2)) {
            return true;
        }
    }
    return false;
}

bool hae_view_sweep(sqlite3 *db, size_t series_max)
{
    const char *const steps[] = {"BEGIN IMMEDIATE", series,  metrics, ops, scopes,
                                 resources,         "COMMIT"};
    if (!is_half_full(db, series_max)) {
        return true;
    }
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (sqlite3_exec(db, steps[i], NULL, NULL, NULL) != SQLITE_OK) {
            (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
            return false;
        }
    }
    return true;
}
