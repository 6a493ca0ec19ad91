/* SPDX-License-Identifier: Apache-2.0 */
/* A number for where everything lies in a region, so that a region which another build laid out
 * otherwise is not misread, though its version is the same. */
#ifndef HAETAE_RECORDER_FORMAT_MARK_H
#define HAETAE_RECORDER_FORMAT_MARK_H

#include "recorder/format.h"

/* FIELD(struct, field) for every field of format.h, in their order; LAST(struct, field) for a
 * last one without a size of its own. */
#define HAE_FORMAT_FIELDS(FIELD, LAST)                                                             \
    FIELD(hae_counts, published)                                                                   \
    FIELD(hae_counts, opened)                                                                      \
    FIELD(hae_counts, closed)                                                                      \
    FIELD(hae_counts, dropped)                                                                     \
    FIELD(hae_clock, sequence)                                                                     \
    FIELD(hae_clock, source)                                                                       \
    FIELD(hae_clock, base_tick)                                                                    \
    FIELD(hae_clock, base_unix_ns)                                                                 \
    FIELD(hae_clock, ns_per_tick_q32)                                                              \
    FIELD(hae_clock, first_tick)                                                                   \
    FIELD(hae_clock, first_mono_ns)                                                                \
    FIELD(hae_clock, first_suspended_ns)                                                           \
    FIELD(hae_region, magic)                                                                       \
    FIELD(hae_region, version)                                                                     \
    FIELD(hae_region, lane_count)                                                                  \
    FIELD(hae_region, layout_mark)                                                                 \
    FIELD(hae_region, size_bytes)                                                                  \
    FIELD(hae_region, lanes_offset)                                                                \
    FIELD(hae_region, lane_stride_bytes)                                                           \
    FIELD(hae_region, ring_size_bytes)                                                             \
    FIELD(hae_region, slots_offset)                                                                \
    FIELD(hae_region, slot_count)                                                                  \
    FIELD(hae_region, heap_offset)                                                                 \
    FIELD(hae_region, heap_size_bytes)                                                             \
    FIELD(hae_region, stored_offset)                                                               \
    FIELD(hae_region, reserved)                                                                    \
    FIELD(hae_region, clock)                                                                       \
    FIELD(hae_region, lanes_owned)                                                                 \
    FIELD(hae_region, lanes_touched)                                                               \
    FIELD(hae_region, slots_fresh)                                                                 \
    FIELD(hae_region, slots_free)                                                                  \
    FIELD(hae_region, handed_over)                                                                 \
    FIELD(hae_region, handed_over_count)                                                           \
    FIELD(hae_region, shared)                                                                      \
    FIELD(hae_region, misuse)                                                                      \
    FIELD(hae_region, heap_used_bytes)                                                             \
    FIELD(hae_region, scope_count)                                                                 \
    FIELD(hae_region, series_table_length)                                                         \
    FIELD(hae_region, series_table_offset)                                                         \
    FIELD(hae_region, streams_first)                                                               \
    FIELD(hae_region, scope_offset)                                                                \
    FIELD(hae_record_header, size_bytes)                                                           \
    FIELD(hae_record_header, scope)                                                                \
    FIELD(hae_record_header, signal)                                                               \
    FIELD(hae_record_header, reserved)                                                             \
    FIELD(hae_lane, tail)                                                                          \
    FIELD(hae_lane, cached_head)                                                                   \
    FIELD(hae_lane, free_slots)                                                                    \
    FIELD(hae_lane, free_slot_count)                                                               \
    FIELD(hae_lane, index)                                                                         \
    FIELD(hae_lane, metrics_offset)                                                                \
    FIELD(hae_lane, ending)                                                                        \
    FIELD(hae_lane, borrowed)                                                                      \
    FIELD(hae_lane, calls)                                                                         \
    FIELD(hae_lane, counts)                                                                        \
    FIELD(hae_lane, identity_slots)                                                                \
    FIELD(hae_lane, head)                                                                          \
    FIELD(hae_lane, populated_bytes)                                                               \
    FIELD(hae_lane, idle_round)                                                                    \
    LAST(hae_lane, ring)                                                                           \
    FIELD(hae_slot, state)                                                                         \
    FIELD(hae_slot, next)                                                                          \
    FIELD(hae_slot, chain)                                                                         \
    FIELD(hae_slot, scope)                                                                         \
    FIELD(hae_slot, used)                                                                          \
    FIELD(hae_slot, signal)                                                                        \
    FIELD(hae_slot, reserved)                                                                      \
    FIELD(hae_slot, end_unix_ns)                                                                   \
    FIELD(hae_slot, identity)                                                                      \
    FIELD(hae_slot, data)                                                                          \
    FIELD(hae_scope, scope_size_bytes)                                                             \
    FIELD(hae_scope, schema_url_size_bytes)                                                        \
    LAST(hae_scope, bytes)                                                                         \
    FIELD(hae_stored_journal, offset)                                                              \
    FIELD(hae_stored_journal, size_bytes)                                                          \
    FIELD(hae_stored_journal, head)                                                                \
    FIELD(hae_stored_journal, tail)                                                                \
    FIELD(hae_journal_entry, size_bytes)                                                           \
    FIELD(hae_journal_entry, scope)                                                                \
    FIELD(hae_journal_entry, filler)                                                               \
    FIELD(hae_journal_entry, settled)                                                              \
    FIELD(hae_journal_entry, position)                                                             \
    FIELD(hae_journal_entry, source)                                                               \
    FIELD(hae_journal_entry, reserved)                                                             \
    FIELD(hae_stored, file_size_bytes)                                                             \
    FIELD(hae_stored, resource_offset)                                                             \
    FIELD(hae_stored, resource_size_bytes)                                                         \
    FIELD(hae_stored, pid)                                                                         \
    FIELD(hae_stored, metrics_settled)                                                             \
    FIELD(hae_stored, last_known_unix_ns)                                                          \
    FIELD(hae_stored, journals)                                                                    \
    FIELD(hae_stored, recovered)                                                                   \
    FIELD(hae_stored, dropped)                                                                     \
    FIELD(hae_stored, signals_unwanted)                                                            \
    FIELD(hae_stored, redacted)                                                                    \
    FIELD(hae_stored, schema_url_size_bytes)                                                       \
    FIELD(hae_stored, reserved)

/* Where a field lies; `size_bytes` is 0 for one without a size of its own. */
struct hae_format_field {
    uint32_t offset;
    uint32_t size_bytes;
};
#define HAE_FORMAT_FIELD(type, field)                                                              \
    {offsetof(struct type, field), sizeof(((struct type *)0)->field)},
#define HAE_FORMAT_LAST(type, field) {offsetof(struct type, field), 0},

/* Adds fields to a mark, which begins as 0. It differs where one of them lies elsewhere, or has
 * another size. */
uint64_t hae_format_mark_add(uint64_t mark, const struct hae_format_field *fields, size_t count);

/* The mark of format.h; the layers above add what they keep in slots and heap. */
uint64_t hae_format_mark(void);

#endif
