/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of logs. */
#ifndef HAETAE_CONSOLE_LOG_H
#define HAETAE_CONSOLE_LOG_H

#include "otlp.pb-c.h"
#include "out.h"

/* Writes one line for each log record of a request. */
void hae_con_logs(struct hae_con_out *out, const HaeOtlp__ExportLogsServiceRequest *request);

#endif
