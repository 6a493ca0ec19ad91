/* SPDX-License-Identifier: Apache-2.0 */
/* The console exporter without the exporter interface around it. */
#ifndef HAETAE_CONSOLE_CONSOLE_H
#define HAETAE_CONSOLE_CONSOLE_H

#include <stdio.h>

#include "haetae/exporter.h"

struct hae_con_outcome {
    haetae_verdict verdict;
    int error;           /* errno of a failed write, else 0 */
    const char *message; /* static; NULL when all is well   */
};

/* Writes a serialized request of `signal` to `stream` in lines. */
struct hae_con_outcome hae_con_export(FILE *stream, haetae_signal signal, const uint8_t *data,
                                      size_t size);

#endif
