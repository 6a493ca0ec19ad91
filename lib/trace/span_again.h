/* SPDX-License-Identifier: Apache-2.0 */
/* Sets again what a span has already: its name, an attribute. The usual span, whose fields are
 * short and lie in one slot; span_fields.c has the way of any span. */
#ifndef HAETAE_TRACE_SPAN_AGAIN_H
#define HAETAE_TRACE_SPAN_AGAIN_H

#include "haetae/trace.h"
#include "trace/limits.h"
#include "trace/span_slot.h"

/* On a span that the caller may change. False, and nothing has changed: the span, the name or the
 * attribute is not of the usual kind. */
bool hae_span_name_again(struct hae_recorder *recorder, uint32_t index, haetae_string name);

/* The same for an attribute whose key may be there. It replaces that, or is a new one. */
bool hae_span_attribute_again(struct hae_recorder *recorder, uint32_t index,
                              const haetae_attribute *attribute);

#endif
