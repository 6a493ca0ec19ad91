/* SPDX-License-Identifier: Apache-2.0 */
/* Items of a service with a few routes: what varies is what varies there, ids, times, ports and the
 * numbers in paths. The same at each run. */
#ifndef HAETAE_BENCH_WORKLOAD_H
#define HAETAE_BENCH_WORKLOAD_H

#include "haetae/haetae.h"

enum { WORKLOAD_SERIES = 1000 };

/* A span with five attributes. */
void workload_span(haetae_tracer *tracer);

/* A log record with a body of about 60 bytes and three attributes. */
void workload_log(haetae_logger *logger);

/* Adds to series number `series` of WORKLOAD_SERIES, each of three attributes. */
void workload_add(haetae_counter *counter, unsigned series);

#endif
