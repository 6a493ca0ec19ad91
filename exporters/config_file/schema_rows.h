/* SPDX-License-Identifier: Apache-2.0 */
/* What rows of the schema are written with, and the types that its files share. */
#ifndef HAETAE_CONFIG_FILE_SCHEMA_ROWS_H
#define HAETAE_CONFIG_FILE_SCHEMA_ROWS_H

#include "type.h"

#define COUNT_MAX      INT32_MAX
#define ANY_INT(least) .kind = HAE_FIELD_INT, .min = (least), .max = COUNT_MAX
#define OBJECT(of)     .kind = HAE_FIELD_OBJECT, .type = &(of)
#define LIST(of)       .kind = HAE_FIELD_LIST, .type = &(of)
#define CHOICE(words)  .kind = HAE_FIELD_CHOICE, .choices = (words)
#define TEXT           .kind = HAE_FIELD_STRING
#define BOOLEAN        .kind = HAE_FIELD_BOOL
#define STRINGS        .kind = HAE_FIELD_STRINGS
#define ANYTHING       .kind = HAE_FIELD_ANY

#define NO_COMPONENT .component = HAE_NO_COMPONENT

#define SEVERITIES                                                                                 \
    "trace|trace2|trace3|trace4|debug|debug2|debug3|debug4|info|info2|info3|info4|warn|warn2|"     \
    "warn3|warn4|error|error2|error3|error4|fatal|fatal2|fatal3|fatal4"

/* What haetae takes of what the schema does not bound. */
#define HAE_SERIES_MAX (1 << 24)
#define HAE_MAX_SIZE   320

#define HAE_INSTRUMENT_TYPES                                                                       \
    "counter|gauge|histogram|observable_counter|observable_gauge|observable_up_down_counter|"      \
    "up_down_counter"

/* Patterns of what is included and excluded. */
extern const struct hae_type hae_include_type;

/* An object without properties, or null. */
extern const struct hae_type hae_nothing_type;

extern const struct hae_type hae_sampler_type;
extern const struct hae_type hae_view_type;
extern const struct hae_type hae_tracer_configurator_type;
extern const struct hae_type hae_meter_configurator_type;
extern const struct hae_type hae_logger_configurator_type;

#endif
