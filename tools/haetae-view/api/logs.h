/* SPDX-License-Identifier: Apache-2.0 */
/* The question "logs". */
#ifndef HAETAE_VIEW_API_LOGS_H
#define HAETAE_VIEW_API_LOGS_H

#include "api/call.h"
#include "query/logs.h"

int hae_view_api_logs(struct hae_view_call *call);

/* Which records the arguments ask for; `trace_id` keeps what the question points at. False: an
 * argument is wrong, and refused. */
bool hae_view_read_logs(struct hae_view_call *call, uint8_t trace_id[16],
                        struct hae_view_logs_question *ret_question);

/* The member "logs" of an answer, and how many there are. */
int hae_view_put_logs(struct hae_view_call *call, const struct hae_view_logs_question *question,
                      size_t *ret_count);

#endif
