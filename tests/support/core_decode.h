/* SPDX-License-Identifier: Apache-2.0 */
/* Records read by protobuf-c, a reader independent of ours. A record that is wrong fails
 * the test. */
#ifndef HAETAE_TESTS_SUPPORT_CORE_DECODE_H
#define HAETAE_TESTS_SUPPORT_CORE_DECODE_H

#include "otlp.pb-c.h"
#include "support/core_fixture.h"

/* Decodes record number `index` as a Span or LogRecord, and checks that no singular field
 * occurs twice. The caller frees it with core_free_span() or core_free_log(). */
HaeOtlp__Span *core_span(const struct core_fixture *core, size_t index);
HaeOtlp__LogRecord *core_log(const struct core_fixture *core, size_t index);
void core_free_span(HaeOtlp__Span *span);
void core_free_log(HaeOtlp__LogRecord *log);

/* Drains and decodes the only record. */
HaeOtlp__Span *core_only_span(struct core_fixture *core);
HaeOtlp__LogRecord *core_only_log(struct core_fixture *core);

/* The only drained span with the name `name`. */
HaeOtlp__Span *core_span_named(const struct core_fixture *core, const char *name);

/* The value of a key, or NULL when the list does not have it. The key occurs at most once. */
const HaeOtlp__AnyValue *core_find(HaeOtlp__KeyValue *const *list, size_t count, const char *key);

/* Checks that the list has `key` with this value. */
void core_has_string(HaeOtlp__KeyValue *const *list, size_t count, const char *key,
                     const char *value);
void core_has_int(HaeOtlp__KeyValue *const *list, size_t count, const char *key, int64_t value);

#endif
