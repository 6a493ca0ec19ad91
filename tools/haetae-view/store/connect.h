/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the connections of a database, in memory or to a file; private to this folder. */
#ifndef HAETAE_VIEW_STORE_CONNECT_H
#define HAETAE_VIEW_STORE_CONNECT_H

#include "store/connection.h"

/* False: it writes one line to `problem`. What is open then is closed by
 * hae_view_database_close(). */
bool hae_view_connect(struct hae_view_database *database, char *problem, size_t problem_size);

#endif
