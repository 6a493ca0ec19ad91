/* SPDX-License-Identifier: Apache-2.0 */
/* The question "export": what is kept as lines of OTLP in JSON, each a request, as the file
 * exporters of the Collector and of haetae write them. */
#ifndef HAETAE_VIEW_API_EXPORT_H
#define HAETAE_VIEW_API_EXPORT_H

#include "api/call.h"

int hae_view_api_export(struct hae_view_call *call);

#endif
