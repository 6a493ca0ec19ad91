/* SPDX-License-Identifier: Apache-2.0 */
/* The questions "traces" and "trace". */
#ifndef HAETAE_VIEW_API_TRACES_H
#define HAETAE_VIEW_API_TRACES_H

#include "api/call.h"
#include "query/traces.h"

int hae_view_api_traces(struct hae_view_call *call);
int hae_view_api_trace(struct hae_view_call *call);

/* An array of the traces that are found, as a member of an answer. */
int hae_view_put_traces(struct hae_view_call *call, const char *name,
                        const struct hae_view_traces_question *question);

#endif
