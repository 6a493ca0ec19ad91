/* SPDX-License-Identifier: Apache-2.0 */
/* Points of metrics as OTLP in JSON. */
#ifndef HAETAE_VIEW_API_EXPORT_POINTS_H
#define HAETAE_VIEW_API_EXPORT_POINTS_H

#include "api/export_line.h"

int hae_view_export_points(struct hae_view_export_lines *lines, struct hae_view_rows *rows);

#endif
