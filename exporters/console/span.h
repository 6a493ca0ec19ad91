/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of traces. */
#ifndef HAETAE_CONSOLE_SPAN_H
#define HAETAE_CONSOLE_SPAN_H

#include "otlp.pb-c.h"
#include "out.h"

/* Writes one line for each span of a request. */
void hae_con_traces(struct hae_con_out *out, const HaeOtlp__ExportTraceServiceRequest *request);

#endif
