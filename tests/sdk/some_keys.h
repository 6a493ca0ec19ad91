/* SPDX-License-Identifier: Apache-2.0 */
/* An exporter's keys, of the types that no key of the core has. */
#ifndef HAETAE_TESTS_SDK_SOME_KEYS_H
#define HAETAE_TESTS_SDK_SOME_KEYS_H

#include "haetae/exporter.h"

/* Registers the exporter "some" for the protocols "tin/can|smoke" with the keys HAETAE_SOME_HEADERS
 * (secret), HAETAE_SOME_ENDPOINT (a URL, with a default), HAETAE_SOME_FILE (a path),
 * HAETAE_SOME_TIMEOUT (with a default) and HAETAE_SOME_MODE (fast or safe). */
void some_keys_register(void);

/* The status that create() returns, and the error that it reports; HAETAE_OK and NULL at first. */
extern haetae_status some_create_status;
extern const char *some_create_error;

/* What create() gives for the signals that the exporter takes; 0, for all, at first. */
extern uint32_t some_taken_signals;

/* The signals of the last call of create(), and the number of exporters not freed yet. */
extern uint32_t some_signals;
extern int some_live_count;

#endif
