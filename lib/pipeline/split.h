/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts encoded telemetry: in two, a request that its receiver finds too large, or a metric that is
 * larger than a request may be; or by scope, for an exporter that gets some only. */
#ifndef HAETAE_PIPELINE_SPLIT_H
#define HAETAE_PIPELINE_SPLIT_H

#include "pipeline/request.h"

enum hae_cut {
    HAE_CUT_DONE,
    HAE_CUT_ONE_ITEM, /* there is only one item                     */
    HAE_CUT_NO_ROOM,  /* the parts would take more than `charge_max` */
    HAE_CUT_NO_MEMORY
};

/* Makes two requests that together hold the items of `request` (spans, log records,
 * data points), each with the same resource and scopes. They take `charge_max` bytes
 * at most. They have no references yet. */
enum hae_cut hae_request_split(const struct hae_request *request, size_t charge_max,
                               struct hae_request *ret_parts[2]);

enum hae_pick {
    HAE_PICK_ALL,  /* no request is made: it would hold the same */
    HAE_PICK_NONE, /* likewise: it would hold nothing            */
    HAE_PICK_DONE,
    HAE_PICK_NO_ROOM, /* it would take more than `charge_max` */
    HAE_PICK_NO_MEMORY
};

/* Makes a request with the items of some scopes only: see scope_list.h. It has no references
 * yet. *ret_count: how many items those are, whatever became of it. */
enum hae_pick hae_request_pick(const struct hae_request *request, const char *scopes,
                               size_t charge_max, struct hae_request **ret_part,
                               uint64_t *ret_count);

/* Writes the Metric message with only the data points from `first` up to `end`;
 * returns its size. NULL `to` only measures. */
size_t hae_metric_cut(const uint8_t *metric, size_t size_bytes, uint64_t first, uint64_t end,
                      uint8_t *to);

/* Whether the items of a request are as many as it says. */
bool hae_request_counts_right(const struct hae_request *request);

#endif
