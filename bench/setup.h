/* SPDX-License-Identifier: Apache-2.0 */
/* SDKs to measure, which export to nowhere. What fails ends the program. */
#ifndef HAETAE_BENCH_SETUP_H
#define HAETAE_BENCH_SETUP_H

#include "haetae/haetae.h"

/* Ends the program with a message that names `what` unless `status` is HAETAE_OK. */
void must(haetae_status status, const char *what);

/* Starts an SDK with one configuration key set to a value. `recorder_dir` is the directory for
 * its recorder file, or NULL. */
haetae_sdk *start_sdk(const char *key, const char *value, const char *recorder_dir);

/* Flushes `sdk`, a haetae_sdk: what to do between two timed loops. */
void flush_sdk(void *sdk);

/* Ends the program if anything was dropped: dropping is cheap, so the figures would lie. */
void check_nothing_dropped(haetae_sdk *sdk);

#endif
