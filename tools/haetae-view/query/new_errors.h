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

/* Those of which something that is kept is of b, and nothing of a; the one that came last first.
 * Its rows are read with hae_view_next_error(). */
struct hae_view_rows hae_view_ask_new_errors(sqlite3 *db,
                                             const struct hae_view_new_errors_question *question);

#endif
