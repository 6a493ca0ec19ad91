/* SPDX-License-Identifier: Apache-2.0 */
/* Percentiles of the times of many calls. */
#ifndef HAETAE_BENCH_PERCENTILES_H
#define HAETAE_BENCH_PERCENTILES_H

#include <stddef.h>
#include <stdint.h>

void sort_times(uint32_t *times_ns, size_t count);

/* `part` of the times are at most as long, from 0 to 1. */
double percentile_us(const uint32_t *sorted_ns, size_t count, double part);

#endif
