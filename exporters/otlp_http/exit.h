/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the process. TLS libraries clean up in exit handlers, while the worker may be
 * about to use them: what talks TLS stops before that. */
#ifndef HAE_HTTP_EXIT_H
#define HAE_HTTP_EXIT_H

#include "exporter.h"

/* To be called once, when libcurl has been initialised: its TLS library's exit handler is
 * there by then, so that ours runs before it. */
void hae_http_exit_watch(void);

/* Around what may come to libcurl. False: the process ends, and this exporter must leave
 * libcurl alone. Always true for one that does without TLS. */
bool hae_http_enter(const struct hae_http_exporter *exporter);
void hae_http_leave(const struct hae_http_exporter *exporter);

/* True from the moment on that hae_http_enter() returns false. */
bool hae_http_closed(const struct hae_http_exporter *exporter);

/* In a forked child: nobody is inside. Async-signal-safe. */
void hae_http_exit_in_child(void);

#endif
