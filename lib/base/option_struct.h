/* SPDX-License-Identifier: Apache-2.0 */
/* Option structs of the API: each begins with its size as the caller was compiled. A
 * caller may be older or newer than the library; docs/abi.md has the rules. */
#ifndef HAETAE_BASE_OPTION_STRUCT_H
#define HAETAE_BASE_OPTION_STRUCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* A number that depends on how the platform lays out structs: with pointers of 64 bits;
 * of 32 bits where a uint64_t is aligned to 8 bytes (Arm); to 4 bytes (i386). */
#if UINTPTR_MAX > UINT32_MAX
#define HAE_BY_PLATFORM(bits64, bits32, bits32_packed) (bits64)
#elif defined(__i386__)
#define HAE_BY_PLATFORM(bits64, bits32, bits32_packed) (bits32_packed)
#else
#define HAE_BY_PLATFORM(bits64, bits32, bits32_packed) (bits32)
#endif

/* The size of the first version of each struct, in bytes: what version 0.1 declares. A
 * caller never has less. Numbers and not sizeof, since the structs grow. */
#define HAE_OPTION_STRUCTS(SIZE)                                                                   \
    SIZE(haetae_scope_options, 72, 36, 36)                                                         \
    SIZE(haetae_span_options, 80, 48, 48)                                                          \
    SIZE(haetae_exception, 72, 36, 36)                                                             \
    SIZE(haetae_log_record, 112, 80, 72)                                                           \
    SIZE(haetae_instrument_options, 80, 44, 44)                                                    \
    SIZE(haetae_result, 40, 40, 32)                                                                \
    SIZE(haetae_exporter_ops, 80, 44, 44)                                                          \
    SIZE(haetae_recovery, 104, 104, 100)                                                           \
    SIZE(haetae_config_key, 64, 48, 44)                                                            \
    SIZE(haetae_exporter_factory, 56, 28, 28)                                                      \
    SIZE(haetae_resource_detector, 40, 20, 20)                                                     \
    SIZE(haetae_carrier_ops, 40, 20, 20)                                                           \
    SIZE(haetae_propagator_ops, 48, 24, 24)                                                        \
    SIZE(haetae_sampling_input, 96, 60, 60)                                                        \
    SIZE(haetae_sampler_ops, 32, 16, 16)                                                           \
    SIZE(haetae_parent_based_options, 48, 24, 24)                                                  \
    SIZE(haetae_sampling_intent, 24, 24, 20)                                                       \
    SIZE(haetae_composable_ops, 32, 16, 16)                                                        \
    SIZE(haetae_id_generator, 48, 28, 28)                                                          \
    SIZE(haetae_scope_config, 24, 20, 20)                                                          \
    SIZE(haetae_span_view, 104, 96, 88)                                                            \
    SIZE(haetae_span_processor, 64, 32, 32)                                                        \
    SIZE(haetae_log_processor, 56, 28, 28)                                                         \
    SIZE(haetae_metric_reader_options, 128, 124, 124)                                              \
    SIZE(haetae_view_options, 200, 116, 116)                                                       \
    SIZE(haetae_exemplar_measurement, 64, 48, 44)                                                  \
    SIZE(haetae_exemplar_reservoir_ops, 40, 20, 20)                                                \
    SIZE(haetae_metric_filter, 40, 20, 20)                                                         \
    SIZE(haetae_metric_producer, 80, 40, 40)                                                       \
    SIZE(haetae_metric_description, 72, 44, 44)                                                    \
    SIZE(haetae_metric_point, 232, 184, 176)
enum {
#define HAE_OPTION_STRUCT_SIZE(type, bits64, bits32, bits32_packed)                                \
    type##_size_v1 = HAE_BY_PLATFORM(bits64, bits32, bits32_packed),
    HAE_OPTION_STRUCTS(HAE_OPTION_STRUCT_SIZE)
#undef HAE_OPTION_STRUCT_SIZE
};

/* No struct of any version is larger. A larger size is that of a struct which the caller
 * has not initialized. */
enum { HAE_OPTION_STRUCT_SIZE_MAX = 4096 };

enum hae_option_struct {
    HAE_OPTION_STRUCT_KNOWN,   /* read, with all that the caller has set               */
    HAE_OPTION_STRUCT_NEWER,   /* read, but the caller sets fields that are not known here */
    HAE_OPTION_STRUCT_REJECTED /* not read: no version has this size                   */
};

/* Whether some version has a struct of `given_size` bytes. */
static inline bool hae_option_struct_valid(size_t given_size, size_t size_v1)
{
    return given_size >= size_v1 && given_size <= HAE_OPTION_STRUCT_SIZE_MAX;
}

/* As HAE_OPTION_STRUCT_READ(), for any struct. `size_v1` is the size of its first version. */
enum hae_option_struct hae_option_struct_read(void *ret_known, size_t known_size, const void *given,
                                              size_t size_v1);

/* Copies a caller's struct of `type` to *ret_known. Fields that the caller does not have
 * become zero. *ret_known is untouched when the struct is rejected. */
#define HAE_OPTION_STRUCT_READ(type, ret_known, given)                                             \
    (HAE_LIKELY((given)->struct_size == sizeof(type))                                              \
         ? (*(ret_known) = *(given), (enum hae_option_struct)HAE_OPTION_STRUCT_KNOWN)              \
         : hae_option_struct_read((ret_known), sizeof(type), (given), type##_size_v1))

/* Copies `known`, which has `known_size` bytes, to the caller's struct, as much as fits
 * there. The caller's size stays as it is; fields that are not known here become zero. */
void hae_option_struct_write(void *ret_given, const void *known, size_t known_size);

#endif
