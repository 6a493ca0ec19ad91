/* SPDX-License-Identifier: Apache-2.0 */
/* Which services there are, and their instances. */
#ifndef HAETAE_VIEW_QUERY_SERVICES_H
#define HAETAE_VIEW_QUERY_SERVICES_H

#include "query/rows.h"

struct hae_view_instance_row {
    const char *service;
    int64_t resource;
    const char *instance; /* service.instance.id; NULL: none */
    const char *version;
    const char *attributes; /* of the resource, JSON */
};

/* All resources, by service, and then in the order in which they came. `service` NULL: of all. */
struct hae_view_rows hae_view_ask_instances(sqlite3 *db, const char *service);
bool hae_view_next_instance(struct hae_view_rows *rows, struct hae_view_instance_row *ret_row);

#endif
