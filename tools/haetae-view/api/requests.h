/* SPDX-License-Identifier: Apache-2.0 */
/* Requests, errors and durations of services: the whole window, and step by step. */
#ifndef HAETAE_VIEW_API_REQUESTS_H
#define HAETAE_VIEW_API_REQUESTS_H

#include "api/call.h"

/* The members "step_s" and "services" of an answer. `service` NULL: all. */
int hae_view_put_requests(struct hae_view_call *call, const char *service);

#endif
