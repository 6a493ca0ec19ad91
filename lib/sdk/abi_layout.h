/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of every struct that crosses the interface: sizes and offsets in bytes, on each
 * kind of platform that HAE_BY_PLATFORM() tells apart. abi.c asserts it; docs/abi.md shows
 * it, which a test compares. */
#ifndef HAETAE_SDK_ABI_LAYOUT_H
#define HAETAE_SDK_ABI_LAYOUT_H

/* clang-format off */

/* Structs that never change. */
#define HAE_ABI_FROZEN(SIZE, FIELD) \
    SIZE(haetae_string, 16, 8, 8)                              \
    FIELD(haetae_string, data, 0, 0, 0)                        \
    FIELD(haetae_string, length, 8, 4, 4)                      \
    SIZE(haetae_value, 24, 16, 16)                             \
    FIELD(haetae_value, type, 0, 0, 0)                         \
    FIELD(haetae_value, reserved, 4, 4, 4)                     \
    FIELD(haetae_value, as, 8, 8, 8)                           \
    FIELD(haetae_value, as.boolean, 8, 8, 8)                   \
    FIELD(haetae_value, as.int64, 8, 8, 8)                     \
    FIELD(haetae_value, as.real, 8, 8, 8)                      \
    FIELD(haetae_value, as.string.data, 8, 8, 8)               \
    FIELD(haetae_value, as.string.length, 16, 12, 12)          \
    FIELD(haetae_value, as.bytes.data, 8, 8, 8)                \
    FIELD(haetae_value, as.bytes.length, 16, 12, 12)           \
    FIELD(haetae_value, as.array.items, 8, 8, 8)               \
    FIELD(haetae_value, as.array.count, 16, 12, 12)            \
    FIELD(haetae_value, as.map.items, 8, 8, 8)                 \
    FIELD(haetae_value, as.map.count, 16, 12, 12)              \
    SIZE(haetae_attribute, 40, 24, 24)                         \
    FIELD(haetae_attribute, key, 0, 0, 0)                      \
    FIELD(haetae_attribute, value, 16, 8, 8)                   \
    SIZE(haetae_span_context, 32, 32, 32)                      \
    FIELD(haetae_span_context, trace_id, 0, 0, 0)              \
    FIELD(haetae_span_context, span_id, 16, 16, 16)            \
    FIELD(haetae_span_context, trace_flags, 24, 24, 24)        \
    FIELD(haetae_span_context, is_remote, 25, 25, 25)          \
    FIELD(haetae_span_context, reserved, 26, 26, 26)           \
    SIZE(haetae_trace_state, 520, 520, 520)                    \
    FIELD(haetae_trace_state, length, 0, 0, 0)                 \
    FIELD(haetae_trace_state, text, 4, 4, 4)                   \
    SIZE(haetae_context_token, 64, 64, 64)                     \
    FIELD(haetae_context_token, opaque, 0, 0, 0)               \
    SIZE(haetae_library, 112, 88, 88) \
    FIELD(haetae_library, name, 0, 0, 0) \
    FIELD(haetae_library, version, 16, 8, 8) \
    FIELD(haetae_library, schema_url, 32, 16, 16) \
    FIELD(haetae_library, opaque, 48, 24, 24) \
    SIZE(haetae_context_stack, 64, 64, 64)                     \
    FIELD(haetae_context_stack, opaque, 0, 0, 0)               \
    SIZE(haetae_link, 64, 48, 48)                              \
    FIELD(haetae_link, context, 0, 0, 0)                       \
    FIELD(haetae_link, trace_state, 32, 32, 32)                \
    FIELD(haetae_link, attributes, 48, 40, 40)                 \
    FIELD(haetae_link, attribute_count, 56, 44, 44)            \
    SIZE(haetae_exponential_buckets, 24, 16, 16) \
    FIELD(haetae_exponential_buckets, counts, 0, 0, 0) \
    FIELD(haetae_exponential_buckets, count, 8, 4, 4) \
    FIELD(haetae_exponential_buckets, offset, 16, 8, 8) \
    FIELD(haetae_exponential_buckets, reserved, 20, 12, 12) \
    SIZE(haetae_log_site, 72, 40, 40)                          \
    FIELD(haetae_log_site, severity, 0, 0, 0)                  \
    FIELD(haetae_log_site, reserved, 4, 4, 4)                  \
    FIELD(haetae_log_site, body, 8, 8, 8)                      \
    FIELD(haetae_log_site, event_name, 24, 16, 16)             \
    FIELD(haetae_log_site, keys, 40, 24, 24)                   \
    FIELD(haetae_log_site, key_count, 48, 28, 28)              \
    FIELD(haetae_log_site, room, 56, 32, 32)                   \
    FIELD(haetae_log_site, room_bytes, 64, 36, 36)             \
    SIZE(haetae_keys, 32, 16, 16)                              \
    FIELD(haetae_keys, names, 0, 0, 0)                         \
    FIELD(haetae_keys, count, 8, 4, 4)                         \
    FIELD(haetae_keys, room, 16, 8, 8)                         \
    FIELD(haetae_keys, room_bytes, 24, 12, 12)                 \
    SIZE(haetae_span_site, 72, 40, 40)                         \
    FIELD(haetae_span_site, kind, 0, 0, 0)                     \
    FIELD(haetae_span_site, reserved, 4, 4, 4)                 \
    FIELD(haetae_span_site, name, 8, 8, 8)                     \
    FIELD(haetae_span_site, attributes, 24, 16, 16)            \
    FIELD(haetae_span_site, attribute_count, 32, 20, 20)       \
    FIELD(haetae_span_site, keys, 40, 24, 24)                  \
    FIELD(haetae_span_site, key_count, 48, 28, 28)             \
    FIELD(haetae_span_site, room, 56, 32, 32)                  \
    FIELD(haetae_span_site, room_bytes, 64, 36, 36)            \
    SIZE(haetae_sampling_rule, 24, 12, 12)                     \
    FIELD(haetae_sampling_rule, matches, 0, 0, 0)              \
    FIELD(haetae_sampling_rule, user, 8, 4, 4)                 \
    FIELD(haetae_sampling_rule, composable, 16, 8, 8)          \
    SIZE(haetae_item_origin, 64, 32, 32)                       \
    FIELD(haetae_item_origin, scope, 0, 0, 0)                  \
    FIELD(haetae_item_origin, scope_size_bytes, 8, 4, 4)       \
    FIELD(haetae_item_origin, schema_url, 16, 8, 8)            \
    FIELD(haetae_item_origin, resource, 32, 16, 16)            \
    FIELD(haetae_item_origin, resource_size_bytes, 40, 20, 20) \
    FIELD(haetae_item_origin, scope_name, 48, 24, 24)

/* Structs that grow at their end; option_struct.h has the sizes of their first version. */
#define HAE_ABI_OPTION_FIELDS(FIELD) \
    FIELD(haetae_scope_options, struct_size, 0, 0, 0)                  \
    FIELD(haetae_scope_options, name, 8, 4, 4)                         \
    FIELD(haetae_scope_options, version, 24, 12, 12)                   \
    FIELD(haetae_scope_options, schema_url, 40, 20, 20)                \
    FIELD(haetae_scope_options, attributes, 56, 28, 28)                \
    FIELD(haetae_scope_options, attribute_count, 64, 32, 32)           \
    FIELD(haetae_span_options, struct_size, 0, 0, 0)                   \
    FIELD(haetae_span_options, kind, 8, 4, 4)                          \
    FIELD(haetae_span_options, root, 12, 8, 8)                         \
    FIELD(haetae_span_options, parent, 16, 12, 12)                     \
    FIELD(haetae_span_options, trace_state, 24, 16, 16)                \
    FIELD(haetae_span_options, start_time_unix_ns, 40, 24, 24)         \
    FIELD(haetae_span_options, attributes, 48, 32, 32)                 \
    FIELD(haetae_span_options, attribute_count, 56, 36, 36)            \
    FIELD(haetae_span_options, links, 64, 40, 40)                      \
    FIELD(haetae_span_options, link_count, 72, 44, 44)                 \
    FIELD(haetae_span_options, parent_span, 80, 48, 48)                \
    FIELD(haetae_span_options, ret_context, 88, 56, 56)                \
    FIELD(haetae_span_options, parent_context, 96, 60, 60)             \
    FIELD(haetae_span_options, decision, 104, 64, 64)                  \
    FIELD(haetae_span_options, reserved, 108, 68, 68)                  \
    FIELD(haetae_exception, struct_size, 0, 0, 0)                      \
    FIELD(haetae_exception, type, 8, 4, 4)                             \
    FIELD(haetae_exception, message, 24, 12, 12)                       \
    FIELD(haetae_exception, stacktrace, 40, 20, 20)                    \
    FIELD(haetae_exception, attributes, 56, 28, 28)                    \
    FIELD(haetae_exception, attribute_count, 64, 32, 32)               \
    FIELD(haetae_log_record, struct_size, 0, 0, 0)                     \
    FIELD(haetae_log_record, severity, 8, 4, 4)                        \
    FIELD(haetae_log_record, reserved, 12, 8, 8)                       \
    FIELD(haetae_log_record, severity_text, 16, 12, 12)                \
    FIELD(haetae_log_record, body, 32, 24, 20)                         \
    FIELD(haetae_log_record, event_name, 56, 40, 36)                   \
    FIELD(haetae_log_record, time_unix_ns, 72, 48, 44)                 \
    FIELD(haetae_log_record, observed_time_unix_ns, 80, 56, 52)        \
    FIELD(haetae_log_record, context, 88, 64, 60)                      \
    FIELD(haetae_log_record, attributes, 96, 68, 64)                   \
    FIELD(haetae_log_record, attribute_count, 104, 72, 68)             \
    FIELD(haetae_log_record, span, 112, 80, 72)                        \
    FIELD(haetae_log_record, in_context, 120, 88, 80)                  \
    FIELD(haetae_log_record, exception, 128, 92, 84)                   \
    FIELD(haetae_instrument_options, struct_size, 0, 0, 0)             \
    FIELD(haetae_instrument_options, name, 8, 4, 4)                    \
    FIELD(haetae_instrument_options, unit, 24, 12, 12)                 \
    FIELD(haetae_instrument_options, description, 40, 20, 20)          \
    FIELD(haetae_instrument_options, number_type, 56, 28, 28)          \
    FIELD(haetae_instrument_options, reserved, 60, 32, 32)             \
    FIELD(haetae_instrument_options, boundaries, 64, 36, 36)           \
    FIELD(haetae_instrument_options, boundary_count, 72, 40, 40)       \
    FIELD(haetae_instrument_options, attribute_keys, 80, 44, 44)       \
    FIELD(haetae_instrument_options, attribute_key_count, 88, 48, 48)  \
    FIELD(haetae_instrument_options, callback, 96, 52, 52)             \
    FIELD(haetae_instrument_options, callback_user, 104, 56, 56)       \
    FIELD(haetae_result, struct_size, 0, 0, 0)                         \
    FIELD(haetae_result, verdict, 8, 4, 4)                             \
    FIELD(haetae_result, http_status, 12, 8, 8)                        \
    FIELD(haetae_result, rejected_count, 16, 16, 12)                   \
    FIELD(haetae_result, retry_after_ms, 24, 24, 20)                   \
    FIELD(haetae_result, message, 32, 32, 28)                          \
    FIELD(haetae_exporter_ops, struct_size, 0, 0, 0)                   \
    FIELD(haetae_exporter_ops, name, 8, 4, 4)                          \
    FIELD(haetae_exporter_ops, send, 16, 8, 8)                         \
    FIELD(haetae_exporter_ops, descriptor, 24, 12, 12)                 \
    FIELD(haetae_exporter_ops, wait_ms, 32, 16, 16)                    \
    FIELD(haetae_exporter_ops, step, 40, 20, 20)                       \
    FIELD(haetae_exporter_ops, cancel, 48, 24, 24)                     \
    FIELD(haetae_exporter_ops, free, 56, 28, 28)                       \
    FIELD(haetae_exporter_ops, max_in_flight, 64, 32, 32)              \
    FIELD(haetae_exporter_ops, signals, 68, 36, 36)                    \
    FIELD(haetae_exporter_ops, after_fork, 72, 40, 40)                 \
    FIELD(haetae_exporter_ops, blocks, 80, 44, 44)                     \
    FIELD(haetae_exporter_ops, reserved, 84, 48, 48)                   \
    FIELD(haetae_exporter_ops, component_type, 88, 52, 52)             \
    FIELD(haetae_exporter_ops, reader, 96, 56, 56)                     \
    FIELD(haetae_exporter_ops, force_flush, 104, 60, 60)               \
    FIELD(haetae_exporter_ops, shutdown, 112, 64, 64)                  \
    FIELD(haetae_recovery, struct_size, 0, 0, 0)                       \
    FIELD(haetae_recovery, files_recovered, 8, 8, 4)                   \
    FIELD(haetae_recovery, files_corrupt, 16, 16, 12)                  \
    FIELD(haetae_recovery, files_in_use, 24, 24, 20)                   \
    FIELD(haetae_recovery, files_not_ours, 32, 32, 28)                 \
    FIELD(haetae_recovery, files_left, 40, 40, 36)                     \
    FIELD(haetae_recovery, open_spans, 48, 48, 44)                     \
    FIELD(haetae_recovery, delivered_spans, 56, 56, 52)                \
    FIELD(haetae_recovery, delivered_data_points, 64, 64, 60)          \
    FIELD(haetae_recovery, delivered_log_records, 72, 72, 68)          \
    FIELD(haetae_recovery, dropped_spans, 80, 80, 76)                  \
    FIELD(haetae_recovery, dropped_data_points, 88, 88, 84)            \
    FIELD(haetae_recovery, dropped_log_records, 96, 96, 92)            \
    FIELD(haetae_recovery, files_refused, 104, 104, 100)               \
    FIELD(haetae_recovery, damaged_places, 112, 112, 108)              \
    FIELD(haetae_recovery, files_redacted, 120, 120, 116)              \
    FIELD(haetae_config_key, struct_size, 0, 0, 0)                     \
    FIELD(haetae_config_key, name, 8, 4, 4)                            \
    FIELD(haetae_config_key, type, 16, 8, 8)                           \
    FIELD(haetae_config_key, reserved, 20, 12, 12)                     \
    FIELD(haetae_config_key, default_value, 24, 16, 16)                \
    FIELD(haetae_config_key, choices, 32, 20, 20)                      \
    FIELD(haetae_config_key, help, 40, 24, 24)                         \
    FIELD(haetae_config_key, min, 48, 32, 28)                          \
    FIELD(haetae_config_key, max, 56, 40, 36)                          \
    FIELD(haetae_exporter_factory, struct_size, 0, 0, 0)               \
    FIELD(haetae_exporter_factory, name, 8, 4, 4)                      \
    FIELD(haetae_exporter_factory, protocols, 16, 8, 8)                \
    FIELD(haetae_exporter_factory, keys, 24, 12, 12)                   \
    FIELD(haetae_exporter_factory, key_count, 32, 16, 16)              \
    FIELD(haetae_exporter_factory, user, 40, 20, 20)                   \
    FIELD(haetae_exporter_factory, create, 48, 24, 24)                 \
    FIELD(haetae_resource_detector, struct_size, 0, 0, 0)              \
    FIELD(haetae_resource_detector, name, 8, 4, 4)                     \
    FIELD(haetae_resource_detector, user, 16, 8, 8)                    \
    FIELD(haetae_resource_detector, detect, 24, 12, 12)                \
    FIELD(haetae_resource_detector, done, 32, 16, 16)                  \
    FIELD(haetae_carrier_ops, struct_size, 0, 0, 0)                    \
    FIELD(haetae_carrier_ops, get, 8, 4, 4)                            \
    FIELD(haetae_carrier_ops, key, 16, 8, 8)                           \
    FIELD(haetae_carrier_ops, set, 24, 12, 12)                         \
    FIELD(haetae_carrier_ops, remove, 32, 16, 16)                      \
    FIELD(haetae_propagator_ops, struct_size, 0, 0, 0)                 \
    FIELD(haetae_propagator_ops, name, 8, 4, 4)                        \
    FIELD(haetae_propagator_ops, fields, 16, 8, 8)                     \
    FIELD(haetae_propagator_ops, inject, 24, 12, 12)                   \
    FIELD(haetae_propagator_ops, extract, 32, 16, 16)                  \
    FIELD(haetae_propagator_ops, free, 40, 20, 20)                     \
    FIELD(haetae_sampling_input, struct_size, 0, 0, 0)                 \
    FIELD(haetae_sampling_input, parent, 8, 4, 4)                      \
    FIELD(haetae_sampling_input, name, 16, 8, 8)                       \
    FIELD(haetae_sampling_input, attributes, 32, 16, 16)               \
    FIELD(haetae_sampling_input, attribute_count, 40, 20, 20)          \
    FIELD(haetae_sampling_input, links, 48, 24, 24)                    \
    FIELD(haetae_sampling_input, link_count, 56, 28, 28)               \
    FIELD(haetae_sampling_input, context, 64, 32, 32)                  \
    FIELD(haetae_sampling_input, trace_id, 72, 36, 36)                 \
    FIELD(haetae_sampling_input, kind, 88, 52, 52)                     \
    FIELD(haetae_sampling_input, trace_flags, 92, 56, 56)              \
    FIELD(haetae_sampler_ops, struct_size, 0, 0, 0)                    \
    FIELD(haetae_sampler_ops, description, 8, 4, 4)                    \
    FIELD(haetae_sampler_ops, decide, 16, 8, 8)                        \
    FIELD(haetae_sampler_ops, free, 24, 12, 12)                        \
    FIELD(haetae_parent_based_options, struct_size, 0, 0, 0)           \
    FIELD(haetae_parent_based_options, root, 8, 4, 4)                  \
    FIELD(haetae_parent_based_options, remote_sampled, 16, 8, 8)       \
    FIELD(haetae_parent_based_options, remote_not_sampled, 24, 12, 12) \
    FIELD(haetae_parent_based_options, local_sampled, 32, 16, 16)      \
    FIELD(haetae_parent_based_options, local_not_sampled, 40, 20, 20)  \
    FIELD(haetae_sampling_intent, struct_size, 0, 0, 0)                \
    FIELD(haetae_sampling_intent, threshold, 8, 8, 4)                  \
    FIELD(haetae_sampling_intent, adjusted_count_reliable, 16, 16, 12) \
    FIELD(haetae_sampling_intent, reserved, 20, 20, 16)                \
    FIELD(haetae_composable_ops, struct_size, 0, 0, 0)                 \
    FIELD(haetae_composable_ops, description, 8, 4, 4)                 \
    FIELD(haetae_composable_ops, intend, 16, 8, 8)                     \
    FIELD(haetae_composable_ops, free, 24, 12, 12)                     \
    FIELD(haetae_id_generator, struct_size, 0, 0, 0)                   \
    FIELD(haetae_id_generator, trace_id, 8, 4, 4)                      \
    FIELD(haetae_id_generator, span_id, 16, 8, 8)                      \
    FIELD(haetae_id_generator, free, 24, 12, 12)                       \
    FIELD(haetae_id_generator, self, 32, 16, 16)                       \
    FIELD(haetae_id_generator, random, 40, 20, 20)                     \
    FIELD(haetae_id_generator, reserved, 44, 24, 24)                   \
    FIELD(haetae_scope_config, struct_size, 0, 0, 0)                   \
    FIELD(haetae_scope_config, disabled, 8, 4, 4)                      \
    FIELD(haetae_scope_config, min_severity, 12, 8, 8)                 \
    FIELD(haetae_scope_config, trace_based, 16, 12, 12)                \
    FIELD(haetae_scope_config, reserved, 20, 16, 16)                   \
    FIELD(haetae_span_view, struct_size, 0, 0, 0)                      \
    FIELD(haetae_span_view, span, 8, 8, 4)                             \
    FIELD(haetae_span_view, context, 16, 16, 12)                       \
    FIELD(haetae_span_view, origin, 48, 48, 44)                        \
    FIELD(haetae_span_view, internal, 56, 52, 48)                      \
    FIELD(haetae_span_view, size_max_bytes, 64, 56, 52)                \
    FIELD(haetae_span_view, start_time_unix_ns, 72, 64, 56)            \
    FIELD(haetae_span_view, end_time_unix_ns, 80, 72, 64)              \
    FIELD(haetae_span_view, parent_span_id, 88, 80, 72)                \
    FIELD(haetae_span_view, kind, 96, 88, 80)                          \
    FIELD(haetae_span_view, status, 100, 92, 84)                       \
    FIELD(haetae_span_processor, struct_size, 0, 0, 0)                 \
    FIELD(haetae_span_processor, self, 8, 4, 4)                        \
    FIELD(haetae_span_processor, on_start, 16, 8, 8)                   \
    FIELD(haetae_span_processor, on_ending, 24, 12, 12)                \
    FIELD(haetae_span_processor, on_end, 32, 16, 16)                   \
    FIELD(haetae_span_processor, force_flush, 40, 20, 20)              \
    FIELD(haetae_span_processor, shutdown, 48, 24, 24)                 \
    FIELD(haetae_span_processor, free, 56, 28, 28)                     \
    FIELD(haetae_log_processor, struct_size, 0, 0, 0)                  \
    FIELD(haetae_log_processor, self, 8, 4, 4)                         \
    FIELD(haetae_log_processor, on_emit, 16, 8, 8)                     \
    FIELD(haetae_log_processor, enabled, 24, 12, 12)                   \
    FIELD(haetae_log_processor, force_flush, 32, 16, 16)               \
    FIELD(haetae_log_processor, shutdown, 40, 20, 20)                  \
    FIELD(haetae_log_processor, free, 48, 24, 24)                      \
    FIELD(haetae_metric_reader_options, struct_size, 0, 0, 0) \
    FIELD(haetae_metric_reader_options, pull, 8, 4, 4) \
    FIELD(haetae_metric_reader_options, temporality_preference, 12, 8, 8) \
    FIELD(haetae_metric_reader_options, interval_ms, 16, 12, 12) \
    FIELD(haetae_metric_reader_options, cardinality_limit, 20, 16, 16) \
    FIELD(haetae_metric_reader_options, temporality_of, 24, 20, 20) \
    FIELD(haetae_metric_reader_options, aggregation_of, 56, 52, 52) \
    FIELD(haetae_metric_reader_options, cardinality_limit_of, 88, 84, 84) \
    FIELD(haetae_metric_reader_options, batch_points_max, 120, 116, 116) \
    FIELD(haetae_metric_reader_options, reserved, 124, 120, 120) \
    FIELD(haetae_metric_filter, struct_size, 0, 0, 0) \
    FIELD(haetae_metric_filter, self, 8, 4, 4) \
    FIELD(haetae_metric_filter, test_metric, 16, 8, 8) \
    FIELD(haetae_metric_filter, test_attributes, 24, 12, 12) \
    FIELD(haetae_metric_filter, free, 32, 16, 16) \
    FIELD(haetae_metric_producer, struct_size, 0, 0, 0) \
    FIELD(haetae_metric_producer, self, 8, 4, 4) \
    FIELD(haetae_metric_producer, scope_name, 16, 8, 8) \
    FIELD(haetae_metric_producer, scope_version, 32, 16, 16) \
    FIELD(haetae_metric_producer, scope_schema_url, 48, 24, 24) \
    FIELD(haetae_metric_producer, produce, 64, 32, 32) \
    FIELD(haetae_metric_producer, free, 72, 36, 36) \
    FIELD(haetae_metric_description, struct_size, 0, 0, 0) \
    FIELD(haetae_metric_description, name, 8, 4, 4) \
    FIELD(haetae_metric_description, unit, 24, 12, 12) \
    FIELD(haetae_metric_description, description, 40, 20, 20) \
    FIELD(haetae_metric_description, kind, 56, 28, 28) \
    FIELD(haetae_metric_description, temporality, 60, 32, 32) \
    FIELD(haetae_metric_description, monotonic, 64, 36, 36) \
    FIELD(haetae_metric_description, reserved, 68, 40, 40) \
    FIELD(haetae_metric_point, struct_size, 0, 0, 0) \
    FIELD(haetae_metric_point, start_time_unix_ns, 8, 8, 4) \
    FIELD(haetae_metric_point, time_unix_ns, 16, 16, 12) \
    FIELD(haetae_metric_point, attributes, 24, 24, 20) \
    FIELD(haetae_metric_point, attribute_count, 32, 28, 24) \
    FIELD(haetae_metric_point, number_type, 40, 32, 28) \
    FIELD(haetae_metric_point, no_recorded_value, 44, 36, 32) \
    FIELD(haetae_metric_point, as_int64, 48, 40, 36) \
    FIELD(haetae_metric_point, as_double, 56, 48, 44) \
    FIELD(haetae_metric_point, count, 64, 56, 52) \
    FIELD(haetae_metric_point, sum, 72, 64, 60) \
    FIELD(haetae_metric_point, has_sum, 80, 72, 68) \
    FIELD(haetae_metric_point, has_extremes, 84, 76, 72) \
    FIELD(haetae_metric_point, minimum, 88, 80, 76) \
    FIELD(haetae_metric_point, maximum, 96, 88, 84) \
    FIELD(haetae_metric_point, boundaries, 104, 96, 92) \
    FIELD(haetae_metric_point, boundary_count, 112, 100, 96) \
    FIELD(haetae_metric_point, bucket_counts, 120, 104, 100) \
    FIELD(haetae_metric_point, bucket_count, 128, 108, 104) \
    FIELD(haetae_metric_point, positive, 136, 112, 108) \
    FIELD(haetae_metric_point, negative, 160, 128, 124) \
    FIELD(haetae_metric_point, scale, 184, 144, 140) \
    FIELD(haetae_metric_point, reserved, 188, 148, 144) \
    FIELD(haetae_metric_point, zero_count, 192, 152, 148) \
    FIELD(haetae_metric_point, zero_threshold, 200, 160, 156) \
    FIELD(haetae_metric_point, quantiles, 208, 168, 164) \
    FIELD(haetae_metric_point, quantile_values, 216, 172, 168) \
    FIELD(haetae_metric_point, quantile_count, 224, 176, 172) \
    FIELD(haetae_view_options, struct_size, 0, 0, 0)                   \
    FIELD(haetae_view_options, instrument_name, 8, 4, 4)               \
    FIELD(haetae_view_options, unit, 24, 12, 12)                       \
    FIELD(haetae_view_options, meter_name, 40, 20, 20)                 \
    FIELD(haetae_view_options, meter_version, 56, 28, 28)              \
    FIELD(haetae_view_options, meter_schema_url, 72, 36, 36)           \
    FIELD(haetae_view_options, instrument_kind, 88, 44, 44)            \
    FIELD(haetae_view_options, aggregation, 92, 48, 48)                \
    FIELD(haetae_view_options, name, 96, 52, 52)                       \
    FIELD(haetae_view_options, description, 112, 60, 60)               \
    FIELD(haetae_view_options, included_keys, 128, 68, 68)             \
    FIELD(haetae_view_options, included_key_count, 136, 72, 72)        \
    FIELD(haetae_view_options, excluded_keys, 144, 76, 76)             \
    FIELD(haetae_view_options, excluded_key_count, 152, 80, 80)        \
    FIELD(haetae_view_options, boundaries, 160, 84, 84)                \
    FIELD(haetae_view_options, boundary_count, 168, 88, 88)            \
    FIELD(haetae_view_options, cardinality_limit, 176, 92, 92)         \
    FIELD(haetae_view_options, no_min_max, 180, 96, 96)                \
    FIELD(haetae_view_options, max_size, 184, 100, 100)                \
    FIELD(haetae_view_options, max_scale, 188, 104, 104)               \
    FIELD(haetae_view_options, max_scale_given, 192, 108, 108)         \
    FIELD(haetae_view_options, reserved, 196, 112, 112) \
    FIELD(haetae_view_options, exemplar_reservoir, 200, 116, 116) \
    FIELD(haetae_view_options, exemplar_size, 204, 120, 120) \
    FIELD(haetae_view_options, exemplar_ops, 208, 124, 124) \
    FIELD(haetae_exemplar_measurement, struct_size, 0, 0, 0) \
    FIELD(haetae_exemplar_measurement, as_int64, 8, 8, 4) \
    FIELD(haetae_exemplar_measurement, as_double, 16, 16, 12) \
    FIELD(haetae_exemplar_measurement, time_unix_ns, 24, 24, 20) \
    FIELD(haetae_exemplar_measurement, context, 32, 32, 28) \
    FIELD(haetae_exemplar_measurement, attributes, 40, 36, 32) \
    FIELD(haetae_exemplar_measurement, attribute_count, 48, 40, 36) \
    FIELD(haetae_exemplar_measurement, reserved, 56, 44, 40) \
    FIELD(haetae_exemplar_reservoir_ops, struct_size, 0, 0, 0) \
    FIELD(haetae_exemplar_reservoir_ops, self, 8, 4, 4) \
    FIELD(haetae_exemplar_reservoir_ops, state_size_bytes, 16, 8, 8) \
    FIELD(haetae_exemplar_reservoir_ops, offer, 24, 12, 12) \
    FIELD(haetae_exemplar_reservoir_ops, collect, 32, 16, 16)

/* Their sizes today. */
#define HAE_ABI_OPTION_SIZES(SIZE) \
    SIZE(haetae_scope_options, 72, 36, 36)        \
    SIZE(haetae_span_options, 112, 72, 72)        \
    SIZE(haetae_exception, 72, 36, 36)            \
    SIZE(haetae_log_record, 136, 96, 88)          \
    SIZE(haetae_instrument_options, 112, 60, 60)  \
    SIZE(haetae_result, 40, 40, 32)               \
    SIZE(haetae_exporter_ops, 120, 68, 68)         \
    SIZE(haetae_recovery, 128, 128, 124)          \
    SIZE(haetae_config_key, 64, 48, 44)           \
    SIZE(haetae_exporter_factory, 56, 28, 28)     \
    SIZE(haetae_resource_detector, 40, 20, 20)    \
    SIZE(haetae_carrier_ops, 40, 20, 20)          \
    SIZE(haetae_propagator_ops, 48, 24, 24)       \
    SIZE(haetae_sampling_input, 96, 60, 60)       \
    SIZE(haetae_sampler_ops, 32, 16, 16)          \
    SIZE(haetae_parent_based_options, 48, 24, 24) \
    SIZE(haetae_sampling_intent, 24, 24, 20)      \
    SIZE(haetae_composable_ops, 32, 16, 16)       \
    SIZE(haetae_id_generator, 48, 28, 28)         \
    SIZE(haetae_scope_config, 24, 20, 20)         \
    SIZE(haetae_span_view, 104, 96, 88)           \
    SIZE(haetae_span_processor, 64, 32, 32)       \
    SIZE(haetae_log_processor, 56, 28, 28)        \
    SIZE(haetae_metric_reader_options, 128, 124, 124)\
    SIZE(haetae_view_options, 216, 128, 128) \
    SIZE(haetae_exemplar_measurement, 64, 48, 44) \
    SIZE(haetae_exemplar_reservoir_ops, 40, 20, 20) \
    SIZE(haetae_metric_filter, 40, 20, 20) \
    SIZE(haetae_metric_producer, 80, 40, 40) \
    SIZE(haetae_metric_description, 72, 44, 44) \
    SIZE(haetae_metric_point, 232, 184, 176)

/* clang-format on */

#endif
