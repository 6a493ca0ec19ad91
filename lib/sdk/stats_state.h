/* SPDX-License-Identifier: Apache-2.0 */
/* What a snapshot of the statistics consists of. */
#ifndef HAETAE_SDK_STATS_STATE_H
#define HAETAE_SDK_STATS_STATE_H

#include "pipeline/exporter.h"
#include "sdk/sdk_internal.h"

struct hae_signal_stats {
    uint64_t recorded;
    uint64_t recovered;
    uint64_t delivered;
    uint64_t held; /* what is spooled included */
    uint64_t spooled;
    uint64_t dropped[HAETAE_DROP_COUNT];
    uint64_t retries;
    uint64_t sent_bytes;
};

struct hae_destination_stats {
    char name[HAE_EXPORTER_TITLE_BYTES];
    size_t first; /* that it stands in for */
    uint32_t signals;
    uint64_t values[HAETAE_SIGNAL_COUNT][HAETAE_DESTINATION_COUNT];
};

struct haetae_stats {
    struct hae_signal_stats signals[HAETAE_SIGNAL_COUNT];
    uint64_t open_spans;
    uint64_t spans_left_open;
    uint64_t misuse[HAETAE_MISUSE_COUNT];
    uint64_t hanging_sends;
    size_t destination_count;
    struct hae_destination_stats destinations[];
};

#endif
