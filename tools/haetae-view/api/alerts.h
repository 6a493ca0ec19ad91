/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about alerts, and silences, which are the only thing that can be changed. */
#ifndef HAETAE_VIEW_API_ALERTS_H
#define HAETAE_VIEW_API_ALERTS_H

#include "api/call.h"

int hae_view_api_alerts(struct hae_view_call *call);
int hae_view_api_silence(struct hae_view_call *call);
int hae_view_api_unsilence(struct hae_view_call *call);

#endif
