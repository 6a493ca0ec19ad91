/* SPDX-License-Identifier: Apache-2.0 */
/* The schema's samplers and configurators. */
#include "haetae/config_file.h"
#include "schema_rows.h"

/* ---- Samplers -------------------------------------------------------------------------------- */

static const struct hae_field ratio_fields[] = {
    {.name = "ratio", .kind = HAE_FIELD_NUMBER, .min = 0, .max = 1}, {.name = NULL}};
static const struct hae_type ratio = {.fields = ratio_fields, .nullable = true, NO_COMPONENT};
static const struct hae_field parent_based_fields[] = {
    {.name = "root", OBJECT(hae_sampler_type)},
    {.name = "remote_parent_sampled", OBJECT(hae_sampler_type)},
    {.name = "remote_parent_not_sampled", OBJECT(hae_sampler_type)},
    {.name = "local_parent_sampled", OBJECT(hae_sampler_type)},
    {.name = "local_parent_not_sampled", OBJECT(hae_sampler_type)},
    {.name = NULL}};
static const struct hae_type parent_based = {
    .fields = parent_based_fields, .nullable = true, NO_COMPONENT};
static const struct hae_field always_record_fields[] = {
    {.name = "root", OBJECT(hae_sampler_type), .required = true}, {.name = NULL}};
static const struct hae_type always_record = {.fields = always_record_fields, NO_COMPONENT};
static const struct hae_field jaeger_remote_fields[] = {
    {.name = "endpoint", TEXT, .required = true, .not_null = true},
    {.name = "interval", ANY_INT(0)},
    {.name = "initial_sampler", OBJECT(hae_sampler_type), .required = true},
    {.name = NULL}};
static const struct hae_type jaeger_remote = {.fields = jaeger_remote_fields, NO_COMPONENT};
static const struct hae_field rate_limiting_fields[] = {{.name = "spans_per_second",
                                                         .kind = HAE_FIELD_NUMBER,
                                                         .min = 0,
                                                         .max = 1000000000,
                                                         .required = true,
                                                         .not_null = true},
                                                        {.name = NULL}};
static const struct hae_type rate_limiting = {.fields = rate_limiting_fields, NO_COMPONENT};

static const struct hae_type composable;
static const struct hae_field threshold_fields[] = {
    {.name = "root", OBJECT(composable), .required = true}, {.name = NULL}};
static const struct hae_type threshold = {.fields = threshold_fields, NO_COMPONENT};
static const struct hae_field values_fields[] = {
    {.name = "key", TEXT, .required = true, .not_null = true},
    {.name = "values", STRINGS, .required = true},
    {.name = NULL}};
static const struct hae_type values = {.fields = values_fields, NO_COMPONENT};
static const struct hae_field patterns_fields[] = {
    {.name = "key", TEXT, .required = true, .not_null = true},
    {.name = "included", STRINGS},
    {.name = "excluded", STRINGS},
    {.name = NULL}};
static const struct hae_type patterns = {.fields = patterns_fields, NO_COMPONENT};
static const struct hae_field rule_fields[] = {
    {.name = "attribute_values", OBJECT(values)},
    {.name = "attribute_patterns", OBJECT(patterns)},
    {.name = "span_kinds", STRINGS, .choices = "internal|server|client|producer|consumer"},
    {.name = "parent", STRINGS, .choices = "none|remote|local"},
    {.name = "sampler", OBJECT(composable), .required = true},
    {.name = NULL}};
static const struct hae_type rule = {.fields = rule_fields, NO_COMPONENT};
static const struct hae_field rules_fields[] = {{.name = "rules", LIST(rule)}, {.name = NULL}};
static const struct hae_type rules = {.fields = rules_fields, .nullable = true, NO_COMPONENT};
static const struct hae_field composable_fields[] = {
    {.name = "always_on", OBJECT(hae_nothing_type)},
    {.name = "always_off", OBJECT(hae_nothing_type)},
    {.name = "probability", OBJECT(ratio)},
    {.name = "parent_threshold", OBJECT(threshold)},
    {.name = "rule_based", OBJECT(rules)},
    {.name = NULL}};
static const struct hae_type composable = {.fields = composable_fields, .one = true, NO_COMPONENT};

/* apply_sampler.c makes all of them by their names. */
static const struct hae_field sampler_fields[] = {
    {.name = "always_on", OBJECT(hae_nothing_type)},
    {.name = "always_off", OBJECT(hae_nothing_type)},
    {.name = "trace_id_ratio_based", OBJECT(ratio)},
    {.name = "parent_based", OBJECT(parent_based)},
    {.name = "always_record", OBJECT(always_record)},
    {.name = "composite/development", OBJECT(composable)},
    {.name = "jaeger_remote/development", OBJECT(jaeger_remote)},
    {.name = "probability/development", OBJECT(ratio)},
    {.name = "rate_limiting/haetae", OBJECT(rate_limiting)},
    {.name = NULL}};
const struct hae_type hae_sampler_type = {
    .fields = sampler_fields, .one = true, .component = HAETAE_CONFIG_SAMPLER};

/* ---- Configurators --------------------------------------------------------------------------- */

static const struct hae_field scope_fields[] = {{.name = "enabled", BOOLEAN, .not_null = true},
                                                {.name = NULL}};
static const struct hae_type scope = {.fields = scope_fields, NO_COMPONENT};
static const struct hae_field logger_fields[] = {{.name = "enabled", BOOLEAN},
                                                 {.name = "minimum_severity", CHOICE(SEVERITIES)},
                                                 {.name = "trace_based", BOOLEAN},
                                                 {.name = NULL}};
static const struct hae_type logger = {.fields = logger_fields, NO_COMPONENT};

/* The types of a configurator: a list of names with what holds for them, and for all others. */
#define CONFIGURATOR(kind, list, config)                                                           \
    static const struct hae_field kind##_match_fields[] = {                                        \
        {.name = "name", TEXT, .required = true, .not_null = true},                                \
        {.name = "config", OBJECT(config), .required = true},                                      \
        {.name = NULL}};                                                                           \
    static const struct hae_type kind##_match = {.fields = kind##_match_fields, NO_COMPONENT};     \
    static const struct hae_field kind##_configurator_fields[] = {                                 \
        {.name = "default_config", OBJECT(config)},                                                \
        {.name = (list), LIST(kind##_match)},                                                      \
        {.name = NULL}};                                                                           \
    const struct hae_type hae_##kind##_configurator_type = {.fields = kind##_configurator_fields,  \
                                                            NO_COMPONENT}
CONFIGURATOR(tracer, "tracers", scope);
CONFIGURATOR(meter, "meters", scope);
CONFIGURATOR(logger, "loggers", logger);
