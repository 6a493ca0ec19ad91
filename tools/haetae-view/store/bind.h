/* SPDX-License-Identifier: Apache-2.0 */
/* Gives parameters of statements their values. Texts and ids must stay until the statement has run.
 */
#ifndef HAETAE_VIEW_STORE_BIND_H
#define HAETAE_VIEW_STORE_BIND_H

#include <sqlite3.h>

#include "store/rows.h"

/* A missing text becomes NULL. */
void hae_view_bind_text(sqlite3_stmt *statement, int at, struct hae_view_text text);
/* Times, and counts of what came here. Values above INT64_MAX are not true ones, and become it. */
void hae_view_bind_count(sqlite3_stmt *statement, int at, uint64_t count);
/* Any number of 64 bits, which a sender counted. SQLite has signed ones only: those from 2^63 on
 * are negative there. */
void hae_view_bind_unsigned(sqlite3_stmt *statement, int at, uint64_t count);
/* NaN becomes NULL. */
void hae_view_bind_real(sqlite3_stmt *statement, int at, double value);
/* `known` false: NULL. */
void hae_view_bind_id(sqlite3_stmt *statement, int at, bool known, const uint8_t *id, int size);

#endif
