/* SPDX-License-Identifier: Apache-2.0 */
/* Log records as OTLP in JSON. */
#ifndef HAETAE_VIEW_API_EXPORT_LOGS_H
#define HAETAE_VIEW_API_EXPORT_LOGS_H

#include "api/export_line.h"

int hae_view_export_logs(struct hae_view_export_lines *lines, struct hae_view_rows *rows);

#endif
