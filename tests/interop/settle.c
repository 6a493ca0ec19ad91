/* SPDX-License-Identifier: Apache-2.0 */
#include "settle.h"

#include <stdio.h>
#include <time.h>

enum { WAIT_MS = 25000, SHUTDOWN_MS = 5000, STATS_MAX = 65536 };

void settle_pause_us(long us)
{
    nanosleep(&(struct timespec){us / 1000000, us % 1000000 * 1000}, NULL);
}

static uint64_t held(haetae_sdk *sdk)
{
    haetae_stats *stats = NULL;
    uint64_t count = UINT64_MAX;

    if (haetae_stats_take(sdk, &stats) == HAETAE_OK) {
        count = haetae_stats_held(stats, HAETAE_SIGNAL_TRACES);
        haetae_stats_free(stats);
    }
    return count;
}

void settle_wait(haetae_sdk *sdk, uint64_t count)
{
    for (int ms = 0; ms < WAIT_MS && held(sdk) > count; ms++) {
        settle_pause_us(1000);
    }
}

void settle_end(haetae_sdk *sdk)
{
    static char text[STATS_MAX];
    haetae_stats *stats = NULL;

    settle_wait(sdk, 0);
    haetae_sdk_shutdown(sdk, SHUTDOWN_MS);
    if (haetae_stats_take(sdk, &stats) == HAETAE_OK &&
        haetae_stats_format(stats, HAETAE_STATS_JSON, text, sizeof text) < sizeof text) {
        puts(text);
    }
    haetae_stats_free(stats);
    haetae_sdk_free(sdk);
}
