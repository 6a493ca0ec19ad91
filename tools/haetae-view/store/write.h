/* SPDX-License-Identifier: Apache-2.0 */
/* Writes log records and points. Part of a request. */
#ifndef HAETAE_VIEW_STORE_WRITE_H
#define HAETAE_VIEW_STORE_WRITE_H

#include "store/database_types.h"
#include "store/rows.h"

struct hae_view_database;

void hae_view_database_log(struct hae_view_database *database, const struct hae_view_origin *origin,
                           const struct hae_view_log_row *row);

void hae_view_database_point(struct hae_view_database *database,
                             const struct hae_view_point_row *row);
void hae_view_database_exemplar(struct hae_view_database *database,
                                const struct hae_view_exemplar_row *row);

#endif
