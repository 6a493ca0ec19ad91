/* SPDX-License-Identifier: Apache-2.0 */
/* The questions "errors", "new_errors" and "error". */
#ifndef HAETAE_VIEW_API_ERRORS_H
#define HAETAE_VIEW_API_ERRORS_H

#include "api/call.h"

int hae_view_api_errors(struct hae_view_call *call);
int hae_view_api_new_errors(struct hae_view_call *call);
int hae_view_api_error(struct hae_view_call *call);

/* The member "errors" of an answer: those seen in the window. `service` NULL: of all. */
int hae_view_put_errors(struct hae_view_call *call, const char *service, size_t limit);

#endif
