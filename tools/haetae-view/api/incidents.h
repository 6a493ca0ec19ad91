/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents: the questions "incidents" and "incident", and what changes them. */
#ifndef HAETAE_VIEW_API_INCIDENTS_H
#define HAETAE_VIEW_API_INCIDENTS_H

#include "api/call.h"

int hae_view_api_incidents(struct hae_view_call *call);
int hae_view_api_incident(struct hae_view_call *call);
int hae_view_api_mark(struct hae_view_call *call);
int hae_view_api_unmark(struct hae_view_call *call);
int hae_view_api_note(struct hae_view_call *call);

#endif
