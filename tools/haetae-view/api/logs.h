/* SPDX-License-Identifier: Apache-2.0 */
/* The question "logs". */
#ifndef HAETAE_VIEW_API_LOGS_H
#define HAETAE_VIEW_API_LOGS_H

#include "api/call.h"
#include "query/logs.h"

int hae_view_api_logs(struct hae_view_call *call);

/* The member "logs" of an answer. */
int hae_view_put_logs(struct hae_view_call *call, const struct hae_view_logs_question *question);

#endif
