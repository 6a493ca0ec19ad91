/* SPDX-License-Identifier: Apache-2.0 */
/* OTLP over gRPC, without TLS: a thread of its own with poll() and libnghttp2. Requests are handled
 * as those of OTLP/HTTP (receive/request.h). */
#ifndef HAETAE_VIEW_RECEIVE_GRPC_H
#define HAETAE_VIEW_RECEIVE_GRPC_H

#include "receive/receiver.h"

/* Whether this program was built with libnghttp2. */
bool hae_view_knows_grpc(void);

struct hae_view_grpc;

/* Serves a listening socket, which it takes over, also on failure. Of the options those about
 * bodies and failures matter. NULL: no memory or no thread. The store must outlive it. */
struct hae_view_grpc *hae_view_grpc_start(const struct hae_view_receiver_options *options,
                                          struct hae_view_store *store, int listen_fd);

/* Ends all connections; requests that are whole have been answered. */
void hae_view_grpc_stop(struct hae_view_grpc *grpc);

#endif
