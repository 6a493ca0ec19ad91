/* SPDX-License-Identifier: Apache-2.0 */
/* The console exporter, for development: one readable line for each span, log record and
 * data point. Link haetae::console, or pkg-config haetae-console. */
#ifndef HAETAE_CONSOLE_H
#define HAETAE_CONSOLE_H

#include <stdio.h>

#include "haetae/status.h"
#include "haetae/types.h"

HAETAE_BEGIN_DECLS

/* Registers the exporter "console", on standard output, for haetae_start(). The shared
 * library does this when it is loaded. A program that calls no other function of this header
 * calls this one, so that the linker keeps the library.
 * Threads: any. Errors: those of haetae_exporter_register(). */
HAETAE_API haetae_status haetae_console_register(void);

/* Makes the exporter named "console". It writes to `stream` (NULL: standard output), and
 * escapes control characters in recorded text.
 * Ownership: the caller owns the exporter until haetae_config_add_exporter(). The stream stays
 * the caller's and must outlive the SDK. Output untouched on failure.
 * Threads: any. Errors: HAETAE_EINVAL, HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_console_new(FILE *stream, haetae_exporter **ret_exporter);

HAETAE_END_DECLS

#endif
