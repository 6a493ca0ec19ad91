/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of protobuf messages, added to a buffer. */
#ifndef HAETAE_PROMETHEUS_FIELD_H
#define HAETAE_PROMETHEUS_FIELD_H

#include <stdint.h>

#include "base/buffer.h"
#include "haetae/types.h"

void hae_prom_uint_field(struct hae_buffer *out, unsigned field, uint64_t value);
void hae_prom_sint_field(struct hae_buffer *out, unsigned field, int64_t value);
void hae_prom_double_field(struct hae_buffer *out, unsigned field, double value);
void hae_prom_text_field(struct hae_buffer *out, unsigned field, haetae_string text);

/* A google.protobuf.Timestamp; 0 is none. */
void hae_prom_time_field(struct hae_buffer *out, unsigned field, uint64_t unix_ns);

/* A message is written behind its tag, and moved to make room for its length: what is added between
 * the two calls is its content, from the place that the first one returns. */
size_t hae_prom_open_field(struct hae_buffer *out, unsigned field);
void hae_prom_close_field(struct hae_buffer *out, size_t from);

#endif
