/* SPDX-License-Identifier: Apache-2.0 */
/* The signals: traces, metrics, logs. Specification: overview, "Signals". */
#ifndef HAETAE_SIGNAL_H
#define HAETAE_SIGNAL_H

#include "version.h"

HAETAE_BEGIN_DECLS

typedef enum haetae_signal {
    HAETAE_SIGNAL_TRACES = 0,
    HAETAE_SIGNAL_METRICS = 1,
    HAETAE_SIGNAL_LOGS = 2
} haetae_signal;
#define HAETAE_SIGNAL_COUNT 3

/* "traces", "metrics", "logs"; "?" for another number. */
HAETAE_API const char *haetae_signal_name(haetae_signal signal);

HAETAE_END_DECLS

#endif
