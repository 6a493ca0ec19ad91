/* SPDX-License-Identifier: Apache-2.0 */
/* One connection of OTLP/gRPC, apart from its socket. */
#ifndef HAETAE_VIEW_RECEIVE_GRPC_SESSION_H
#define HAETAE_VIEW_RECEIVE_GRPC_SESSION_H

#include "receive/request.h"

struct hae_view_grpc_session;

/* NULL: out of memory. The endpoint must outlive the session. */
struct hae_view_grpc_session *hae_view_grpc_session_new(struct hae_view_endpoint *endpoint);
void hae_view_grpc_session_free(struct hae_view_grpc_session *session);

/* Takes what was received, and answers requests that are whole. False: the connection must end. */
bool hae_view_grpc_session_receive(struct hae_view_grpc_session *session, const uint8_t *data,
                                   size_t length);

/* The bytes to send next, valid until the next call. Returns how many; 0: none. Below 0: the
 * connection must end. */
ptrdiff_t hae_view_grpc_session_send(struct hae_view_grpc_session *session,
                                     const uint8_t **ret_data);

/* Announces to the peer that nothing more is accepted. */
void hae_view_grpc_session_shut_down(struct hae_view_grpc_session *session);

/* Whether both sides have finished. */
bool hae_view_grpc_session_is_over(const struct hae_view_grpc_session *session);

#endif
