/* SPDX-License-Identifier: Apache-2.0 */
/* The schema of views. */
#include "schema_rows.h"

static const struct hae_field selector_fields[] = {
    {.name = "instrument_name", TEXT},
    {.name = "instrument_type", CHOICE(HAE_INSTRUMENT_TYPES)},
    {.name = "unit", TEXT},
    {.name = "meter_name", TEXT},
    {.name = "meter_version", TEXT},
    {.name = "meter_schema_url", TEXT},
    {.name = NULL}};
static const struct hae_type selector = {.fields = selector_fields, NO_COMPONENT};

static const struct hae_field explicit_fields[] = {
    {.name = "boundaries", .kind = HAE_FIELD_NUMBERS, .may_be_empty = true},
    {.name = "record_min_max", BOOLEAN},
    {.name = NULL}};
static const struct hae_type explicit = {.fields = explicit_fields, .nullable = true, NO_COMPONENT};
static const struct hae_field base2_fields[] = {
    {.name = "max_scale", .kind = HAE_FIELD_INT, .min = -10, .max = 20},
    {.name = "max_size", .kind = HAE_FIELD_INT, .min = 2, .max = HAE_MAX_SIZE},
    {.name = "record_min_max", BOOLEAN},
    {.name = NULL}};
static const struct hae_type base2 = {.fields = base2_fields, .nullable = true, NO_COMPONENT};

static const struct hae_field aggregation_fields[] = {
    {.name = "default", OBJECT(hae_nothing_type)},
    {.name = "drop", OBJECT(hae_nothing_type)},
    {.name = "sum", OBJECT(hae_nothing_type)},
    {.name = "last_value", OBJECT(hae_nothing_type)},
    {.name = "explicit_bucket_histogram", OBJECT(explicit)},
    {.name = "base2_exponential_bucket_histogram", OBJECT(base2)},
    {.name = NULL}};
static const struct hae_type aggregation = {
    .fields = aggregation_fields, .one = true, NO_COMPONENT};

static const struct hae_field stream_fields[] = {
    {.name = "name", TEXT},
    {.name = "description", TEXT},
    {.name = "aggregation", OBJECT(aggregation)},
    {.name = "aggregation_cardinality_limit",
     .kind = HAE_FIELD_INT,
     .min = 1,
     .max = HAE_SERIES_MAX},
    {.name = "attribute_keys", OBJECT(hae_include_type)},
    {.name = NULL}};
static const struct hae_type stream = {.fields = stream_fields, NO_COMPONENT};

static const struct hae_field view_fields[] = {
    {.name = "selector", OBJECT(selector), .required = true},
    {.name = "stream", OBJECT(stream), .required = true},
    {.name = NULL}};
const struct hae_type hae_view_type = {.fields = view_fields, NO_COMPONENT};
