/* SPDX-License-Identifier: Apache-2.0 */
/* What haetae_otlp_http_error() tells: the calling thread's last failure. */
#ifndef HAE_OTLP_HTTP_ERROR_H
#define HAE_OTLP_HTTP_ERROR_H

/* Keeps a copy of `text`, shortened when it is very long. */
void hae_http_keep_error(const char *text);

#endif
