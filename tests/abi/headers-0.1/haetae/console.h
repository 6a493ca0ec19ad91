/* SPDX-License-Identifier: Apache-2.0 */
/* The console exporter: one readable line for each span, log record and data
 * point, for development. Link haetae::console, or pkg-config haetae-console. */
#ifndef HAETAE_CONSOLE_H
#define HAETAE_CONSOLE_H

#include <stdio.h>

#include "haetae/exporter.h"

HAETAE_BEGIN_DECLS

/* Makes the exporter named "console", which writes to `stream` (NULL: standard
 * output). The stream stays the caller's and must outlive the SDK. Control
 * characters in recorded text are escaped.
 * Ownership: the exporter is the caller's until haetae_config_add_exporter().
 * Errors: HAETAE_EINVAL, HAETAE_ENOMEM. Output untouched on failure. */
HAETAE_API haetae_status haetae_console_new(FILE *stream, haetae_exporter **ret_exporter);

HAETAE_END_DECLS

#endif
