/* SPDX-License-Identifier: Apache-2.0 */
/* Records read by protobuf-c, that is by somebody else's reader. What is not as it
 * should be ends the test. */
#ifndef HAETAE_TESTS_SUPPORT_CORE_DECODE_H
#define HAETAE_TESTS_SUPPORT_CORE_DECODE_H

#include "otlp.pb-c.h"
#include "support/core_fixture.h"

/* The record of number `index` as a Span or LogRecord, in which no field that is
 * single occurs twice. The caller's, for core_free_span() and core_free_log(). */
HaeOtlp__Span *core_span(const struct core_fixture *core, size_t index);
HaeOtlp__LogRecord *core_log(const struct core_fixture *core, size_t index);
void core_free_span(HaeOtlp__Span *span);
void core_free_log(HaeOtlp__LogRecord *log);

/* The only record there is, drained now. */
HaeOtlp__Span *core_only_span(struct core_fixture *core);
HaeOtlp__LogRecord *core_only_log(struct core_fixture *core);

/* The span whose name is `name`, of all that were drained; there is one. */
HaeOtlp__Span *core_span_named(const struct core_fixture *core, const char *name);

/* The value of a key, which occurs once at most; NULL when it doesn't. */
const HaeOtlp__AnyValue *core_find(HaeOtlp__KeyValue *const *list, size_t count, const char *key);

/* That `key` is there, with this value. */
void core_has_string(HaeOtlp__KeyValue *const *list, size_t count, const char *key,
                     const char *value);
void core_has_int(HaeOtlp__KeyValue *const *list, size_t count, const char *key, int64_t value);

#endif
