/* SPDX-License-Identifier: Apache-2.0 */
/* The questions "services" and "service". */
#ifndef HAETAE_VIEW_API_SERVICES_H
#define HAETAE_VIEW_API_SERVICES_H

#include "api/call.h"

int hae_view_api_services(struct hae_view_call *call);
int hae_view_api_service(struct hae_view_call *call);

#endif
