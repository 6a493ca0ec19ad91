/* SPDX-License-Identifier: Apache-2.0 */
/* The question "sql". */
#ifndef HAETAE_VIEW_API_SQL_H
#define HAETAE_VIEW_API_SQL_H

#include "api/call.h"

int hae_view_api_sql(struct hae_view_call *call);

#endif
