/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes and values of OTLP messages as JSON, whole: what the database keeps. Integers keep all
 * their digits, bytes become text in base64, doubles that JSON does not have "NaN", "Infinity" and
 * "-Infinity". */
#ifndef HAETAE_VIEW_DECODE_DECODE_JSON_H
#define HAETAE_VIEW_DECODE_DECODE_JSON_H

#include "base/json.h"
#include "otlp.pb-c.h"
#include "store/rows.h"

/* Empties the buffer and writes an object into it. Without attributes there is no text. The text is
 * valid until the buffer changes. */
struct hae_view_text hae_view_attributes_json(struct hae_buffer *out,
                                              HaeOtlp__KeyValue *const *attributes, size_t count);

/* Puts them into the order of their keys, so that the same attributes are the same text. */
void hae_view_sort_attributes(HaeOtlp__KeyValue **attributes, size_t count);

/* The text of a value that is a text; others as JSON. */
struct hae_view_text hae_view_body_text(struct hae_buffer *out, const HaeOtlp__AnyValue *value);

/* A field's text. NULs, which came as marks, become "\x00"; with one, it is written to `out`. NULL
 * and "" are no text when `optional`. */
struct hae_view_text hae_view_plain_text(struct hae_buffer *out, const char *text, bool optional);

/* What a histogram's point holds. */
struct hae_view_text hae_view_explicit_json(struct hae_buffer *out,
                                            const HaeOtlp__HistogramDataPoint *point);
struct hae_view_text hae_view_exponential_json(struct hae_buffer *out,
                                               const HaeOtlp__ExponentialHistogramDataPoint *point);
struct hae_view_text hae_view_summary_json(struct hae_buffer *out,
                                           const HaeOtlp__SummaryDataPoint *point);

#endif
