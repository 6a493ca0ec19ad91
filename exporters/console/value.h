/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes, values and the other things that lines of all signals share. */
#ifndef HAETAE_CONSOLE_VALUE_H
#define HAETAE_CONSOLE_VALUE_H

#include "otlp.pb-c.h"
#include "out.h"

/* Bytes of recorded text that are shown of a name or key, and of a value with
 * all that it contains. */
#define HAE_CON_NAME_MAX  256
#define HAE_CON_VALUE_MAX 2048
/* Arrays and maps deeper than this are shown as "…". */
#define HAE_CON_DEPTH_MAX 16

/* Where a line's item comes from. */
struct hae_con_source {
    const char *service; /* service.name of the resource */
    const HaeOtlp__InstrumentationScope *scope;
};

/* The resource's service.name, or "unknown_service". */
const char *hae_con_service(const HaeOtlp__Resource *resource);

/* "<time> <service> <kind>", how every line begins. */
void hae_con_begin(struct hae_con_out *out, const struct hae_con_source *source, uint64_t unix_ns,
                   const char *kind);
/* " scope=…" when the scope has a name. */
void hae_con_scope(struct hae_con_out *out, const HaeOtlp__InstrumentationScope *scope);

/* A name or key; NULL is empty. */
void hae_con_name(struct hae_con_out *out, const char *name);
/* " label=<hex>" unless the id is absent. */
void hae_con_id(struct hae_con_out *out, const char *label, const ProtobufCBinaryData *id);
/* " label=count" unless it is 0. */
void hae_con_count(struct hae_con_out *out, const char *label, uint64_t count);

void hae_con_value(struct hae_con_out *out, const HaeOtlp__AnyValue *value);
/* " key=value" for each. */
void hae_con_attributes(struct hae_con_out *out, HaeOtlp__KeyValue *const *attributes,
                        size_t count);

#endif
