/* SPDX-License-Identifier: Apache-2.0 */
/* Errors that came up on one of two sides: of versions, instances or times. */
#ifndef HAETAE_VIEW_QUERY_NEW_ERRORS_H
#define HAETAE_VIEW_QUERY_NEW_ERRORS_H

#include "query/errors.h"

struct hae_view_side {
    struct hae_view_window window;
    const char *version; /* NULL: any, as below */
    const char *instance;
};

struct hae_view_new_errors_question {
    const char *service; /* NULL: of all */
    struct hae_view_side a;
    struct hae_view_side b;
    size_t limit;
};

/* Errors that have occurred on side b, and not on side a, as far as spans and log records are kept.
 * The latest first. hae_view_next_error() reads the rows. */
struct hae_view_rows hae_view_ask_new_errors(sqlite3 *db,
                                             const struct hae_view_new_errors_question *question);

#endif
