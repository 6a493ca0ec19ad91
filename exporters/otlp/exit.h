/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the process. TLS libraries clean up in exit handlers, while the worker may be
 * about to use them: what talks TLS stops before that. */
#ifndef HAETAE_OTLP_EXIT_H
#define HAETAE_OTLP_EXIT_H

#include <stdbool.h>

/* To be called once, when libcurl has been initialised: its TLS library's exit handler is
 * there by then, so that ours runs before it. */
void hae_http_exit_watch(void);

/* Around everything that may call libcurl. False: the process ends, and the exporter must not
 * call libcurl any more. Always true for an exporter without TLS. */
bool hae_http_enter(bool tls);
void hae_http_leave(bool tls);

/* True from the moment on that hae_http_enter() returns false. */
bool hae_http_closed(bool tls);

/* In a forked child: nobody is inside. Async-signal-safe. */
void hae_http_exit_in_child(void);

#endif
