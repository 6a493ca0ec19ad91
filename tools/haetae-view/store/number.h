/* SPDX-License-Identifier: Apache-2.0 */
/* Asks a database for one number. */
#ifndef HAETAE_VIEW_STORE_NUMBER_H
#define HAETAE_VIEW_STORE_NUMBER_H

#include <sqlite3.h>
#include <stdint.h>

/* The first column of the first row; -1: there is none, or it failed. */
int64_t hae_view_number_of(sqlite3 *db, const char *query);

#endif
