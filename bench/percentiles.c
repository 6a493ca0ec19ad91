/* SPDX-License-Identifier: Apache-2.0 */
#include "percentiles.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

void sort_times(uint32_t *times_ns, size_t count)
{
    qsort(times_ns, count, sizeof *times_ns, compare);
}

double percentile_us(const uint32_t *sorted_ns, size_t count, double part)
{
    return sorted_ns[(size_t)((double)(count - 1) * part)] / 1e3;
}
