/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the process. TLS libraries clean up in exit handlers, while the worker may still use
 * them: exporters that use TLS stop before that. */
#ifndef HAETAE_OTLP_EXIT_H
#define HAETAE_OTLP_EXIT_H

#include <stdbool.h>

/* Registers the exit handler. To be called once, after libcurl was initialised: its TLS library
 * has registered a handler by then, and ours runs before that one. */
void hae_http_exit_watch(void);

/* Around everything that may call libcurl. False: the process ends, and the exporter must not
 * call libcurl any more. Always true for an exporter without TLS. */
bool hae_http_enter(bool tls);
void hae_http_leave(bool tls);

/* Whether hae_http_enter() returns false from now on. */
bool hae_http_closed(bool tls);

/* In a forked child: no thread is inside. Async-signal-safe. */
void hae_http_exit_in_child(void);

#endif
