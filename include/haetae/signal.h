/* SPDX-License-Identifier: Apache-2.0 */
/* The signals: traces, metrics, logs. Specification: "Overview", "Signals". */
#ifndef HAETAE_SIGNAL_H
#define HAETAE_SIGNAL_H

#include "version.h"

HAETAE_BEGIN_DECLS

typedef enum haetae_signal {
    HAETAE_SIGNAL_TRACES = 0,
    HAETAE_SIGNAL_METRICS = 1,
    HAETAE_SIGNAL_LOGS = 2
} haetae_signal;
/* As of this header. A later library may have more: see docs/abi.md. */
#define HAETAE_SIGNAL_COUNT 3

/* The name of a signal: "traces", "metrics" or "logs"; "?" for a number that this library
 * does not know. The string is static. Threads: any. */
HAETAE_API const char *haetae_signal_name(haetae_signal signal);

HAETAE_END_DECLS

#endif
