/* SPDX-License-Identifier: Apache-2.0 */
/* Where the fields of layout.h lie: a part of the mark of a region's layout. */
#ifndef HAETAE_METRICS_LAYOUT_MARK_H
#define HAETAE_METRICS_LAYOUT_MARK_H

#include "metrics/layout.h"
#include "recorder/format_mark.h"

/* The fields, as HAE_FORMAT_FIELDS() has those of the recorder. */
#define HAE_METRICS_FIELDS(FIELD, LAST)                                                            \
    FIELD(hae_stream_data, next)                                                                   \
    FIELD(hae_stream_data, scope)                                                                  \
    FIELD(hae_stream_data, kind)                                                                   \
    FIELD(hae_stream_data, number_type)                                                            \
    FIELD(hae_stream_data, series_limit)                                                           \
    FIELD(hae_stream_data, boundary_count)                                                         \
    FIELD(hae_stream_data, boundaries)                                                             \
    FIELD(hae_stream_data, overflow)                                                               \
    FIELD(hae_stream_data, fields_size_bytes)                                                      \
    FIELD(hae_stream_data, series)                                                                 \
    FIELD(hae_stream_data, series_tabled)                                                          \
    FIELD(hae_stream_data, aggregation)                                                            \
    FIELD(hae_stream_data, omits_extremes)                                                         \
    FIELD(hae_stream_data, max_scale)                                                              \
    FIELD(hae_stream_data, only_pulled)                                                            \
    FIELD(hae_stream_data, max_size)                                                               \
    FIELD(hae_stream_data, reserved)                                                               \
    FIELD(hae_stream_data, zero_threshold)                                                         \
    LAST(hae_stream_data, fields)                                                                  \
    FIELD(hae_series, hash)                                                                        \
    FIELD(hae_series, next)                                                                        \
    FIELD(hae_series, table_next)                                                                  \
    FIELD(hae_series, stream)                                                                      \
    FIELD(hae_series, attribute_count)                                                             \
    FIELD(hae_series, attributes)                                                                  \
    FIELD(hae_series, room)                                                                        \
    FIELD(hae_series, group_count)                                                                 \
    FIELD(hae_series, attributes_size_bytes)                                                       \
    FIELD(hae_series, shared)                                                                      \
    FIELD(hae_series, kept)                                                                        \
    FIELD(hae_series, reservoir)                                                                   \
    FIELD(hae_series, use)                                                                         \
    FIELD(hae_series, life)                                                                        \
    FIELD(hae_series, start_unix_ns)                                                               \
    LAST(hae_series, groups)                                                                       \
    FIELD(hae_plain_value, shape)                                                                  \
    FIELD(hae_plain_value, first)                                                                  \
    FIELD(hae_plain_value, last)                                                                   \
    FIELD(hae_kept_attribute, plain)                                                               \
    FIELD(hae_kept_attribute, key)                                                                 \
    FIELD(hae_kept_attribute, key_length)                                                          \
    FIELD(hae_kept_attribute, value)                                                               \
    FIELD(hae_kept_attribute, reserved)                                                            \
    FIELD(hae_number_cell, word)                                                                   \
    FIELD(hae_histogram_cell, as)                                                                  \
    FIELD(hae_histogram_cell, sum)                                                                 \
    FIELD(hae_histogram_cell, minimum)                                                             \
    FIELD(hae_histogram_cell, maximum)                                                             \
    LAST(hae_histogram_cell, buckets)                                                              \
    FIELD(hae_exponential_buckets, range)                                                          \
    LAST(hae_exponential_buckets, counts)                                                          \
    FIELD(hae_exponential_head, as)                                                                \
    FIELD(hae_exponential_head, sum)                                                               \
    FIELD(hae_exponential_head, minimum)                                                           \
    FIELD(hae_exponential_head, maximum)                                                           \
    FIELD(hae_exponential_head, zero_count)                                                        \
    FIELD(hae_exponential_cell, head)                                                              \
    FIELD(hae_exponential_cell, state)                                                             \
    FIELD(hae_exponential_cell, scratch)                                                           \
    FIELD(hae_exponential_shared, head)                                                            \
    FIELD(hae_exponential_shared, newest)                                                          \
    FIELD(hae_exponential_shared, spare)                                                           \
    FIELD(hae_exponential_shared, coarse)                                                          \
    FIELD(hae_exponential_piece, next)                                                             \
    FIELD(hae_exponential_piece, scale_down)                                                       \
    FIELD(hae_lane_metrics, free_offset)                                                           \
    FIELD(hae_lane_metrics, free_size_bytes)                                                       \
    FIELD(hae_lane_metrics, cache_mask)                                                            \
    FIELD(hae_lane_metrics, scratch)                                                               \
    LAST(hae_lane_metrics, cache)                                                                  \
    FIELD(hae_lane_series, hash)                                                                   \
    FIELD(hae_lane_series, series)                                                                 \
    FIELD(hae_lane_series, cell)

/* Adds them to the mark. */
uint64_t hae_metrics_mark_add(uint64_t mark);

#endif
