/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets that can be written to while libcurl has nothing that it may write: over HTTP/2 it asks
 * for them also when the receiver gives no window. Such a socket is watched for reading only, in
 * pauses that grow, so that nobody spins; what the receiver sends, as more window, ends the pause.
 */
#ifndef HAETAE_OTLP_STALL_H
#define HAETAE_OTLP_STALL_H

#include "otlp/sockets.h"

/* After an event that said of the socket that it can be written to, and nothing else: whether
 * anything has moved since. */
void hae_http_stall_note(struct hae_http_sockets *sockets, int socket, bool moved);

/* Ends the pause of a socket, of those whose time is over, or of all. */
void hae_http_stall_end(struct hae_http_sockets *sockets, int socket);
void hae_http_stall_end_due(struct hae_http_sockets *sockets);
void hae_http_stall_end_all(struct hae_http_sockets *sockets);

/* When the next pause is over, on the monotonic clock; negative: there is none. */
int64_t hae_http_stall_due_ms(const struct hae_http_sockets *sockets);

#endif
