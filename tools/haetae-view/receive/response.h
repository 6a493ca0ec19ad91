/* SPDX-License-Identifier: Apache-2.0 */
/* Replies as responses of libmicrohttpd, with their headers. */
#ifndef HAETAE_VIEW_RECEIVE_RESPONSE_H
#define HAETAE_VIEW_RECEIVE_RESPONSE_H

#include <microhttpd.h>

#include "receive/reply.h"

/* MHD_NO: the connection ends without one. */
enum MHD_Result hae_view_send_reply(struct MHD_Connection *connection,
                                    const struct hae_view_reply *reply);

#endif
