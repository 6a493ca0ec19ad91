/* SPDX-License-Identifier: Apache-2.0 */
/* The question "perfetto": a trace as trace events, which ui.perfetto.dev and chrome://tracing
 * read. */
#ifndef HAETAE_VIEW_API_PERFETTO_H
#define HAETAE_VIEW_API_PERFETTO_H

#include "api/call.h"

int hae_view_api_perfetto(struct hae_view_call *call);

#endif
