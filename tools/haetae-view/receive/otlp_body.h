/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the body of a request to a path of OTLP: decompresses and decodes it into the store. */
#ifndef HAETAE_VIEW_RECEIVE_OTLP_BODY_H
#define HAETAE_VIEW_RECEIVE_OTLP_BODY_H

#include "receive/request.h"

/* Called when the body is complete. Decides the reply, unless it asks. */
void hae_view_request_finish(struct hae_view_request *request, struct hae_view_arrival arrival);

#endif
