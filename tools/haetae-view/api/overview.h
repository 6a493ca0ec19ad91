/* SPDX-License-Identifier: Apache-2.0 */
/* The question "overview". */
#ifndef HAETAE_VIEW_API_OVERVIEW_H
#define HAETAE_VIEW_API_OVERVIEW_H

#include "api/call.h"

int hae_view_api_overview(struct hae_view_call *call);

#endif
