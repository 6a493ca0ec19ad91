/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's wake-up sockets. curl_multi_init() makes a pair of them; up to libcurl 8.8 a program
 * that the host executes inherits it, and no function of libcurl shows it. */
#ifndef HAETAE_OTLP_WAKE_H
#define HAETAE_OTLP_WAKE_H

#include "otlp/sockets.h"

/* Finds the pair of a new multi handle, notes it, and has it closed on exec. Where libcurl does
 * that itself, or the pair cannot be told from others, nothing is noted. */
void hae_http_wake_find(struct hae_http_sockets *sockets, CURLM *multi);

#endif
