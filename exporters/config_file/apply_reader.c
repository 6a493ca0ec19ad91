/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of metrics. What all readers of a file agree on are keys, which code and environment can
 * change; a reader that differs from the first one, or says what no key can, is one of its own. */
#include "apply_reader.h"

#include <stdio.h>

#include "haetae/exporter.h"
#include "type.h"

/* Where a reader says nothing. */
enum { INTERVAL_MS = 60000, LIMIT = 2000 };

/* By haetae_instrument_kind. */
static const char *const kinds[HAETAE_INSTRUMENT_KINDS] = {
    [HAETAE_INSTRUMENT_COUNTER] = "counter",
    [HAETAE_INSTRUMENT_UP_DOWN_COUNTER] = "up_down_counter",
    [HAETAE_INSTRUMENT_GAUGE] = "gauge",
    [HAETAE_INSTRUMENT_HISTOGRAM] = "histogram",
    [HAETAE_INSTRUMENT_OBSERVABLE_COUNTER] = "observable_counter",
    [HAETAE_INSTRUMENT_OBSERVABLE_UP_DOWN_COUNTER] = "observable_up_down_counter",
    [HAETAE_INSTRUMENT_OBSERVABLE_GAUGE] = "observable_gauge"};

static uint32_t number_of(const haetae_config_node *parent, const char *name, uint32_t otherwise)
{
    int64_t value = otherwise;

    (void)haetae_config_node_int64(haetae_config_node_find(parent, name), &value);
    return (uint32_t)value;
}

/* ---- Periodic readers ------------------------------------------------------------------------ */

static void set_key(struct hae_apply *apply, const haetae_config_node *parent, const char *name,
                    const char *key)
{
    const haetae_config_node *node = haetae_config_node_find(parent, name);

    if (haetae_config_node_type_of(node) == HAETAE_CONFIG_NODE_INT64) {
        hae_apply_key(apply, node, key, node->text);
    }
}

/* Reads what the reader itself says. */
static void begin(struct hae_apply *apply, const haetae_config_node *node)
{
    const haetae_config_node *limits = haetae_config_node_find(node, "cardinality_limits");
    haetae_metric_reader_options options = HAETAE_OPTIONS(haetae_metric_reader_options);
    struct hae_file_reader *first = &apply->first_reader;

    options.interval_ms = number_of(node, "interval", INTERVAL_MS);
    options.cardinality_limit = number_of(limits, "default", LIMIT);
    options.batch_points_max = number_of(node, "max_export_batch_size/development", 0);
    apply->reader =
        (struct hae_file_reader){.options = options, .is_own = options.batch_points_max != 0};
    for (int kind = 1; kind < HAETAE_INSTRUMENT_KINDS; kind++) {
        uint32_t limit = number_of(limits, kinds[kind], 0);

        apply->reader.options.cardinality_limit_of[kind] = limit;
        apply->reader.is_own = apply->reader.is_own || limit != 0;
    }
    if (first->options.struct_size == 0) {
        *first = apply->reader;
        set_key(apply, node, "interval", "OTEL_METRIC_EXPORT_INTERVAL");
        set_key(apply, limits, "default", "HAETAE_METRICS_CARDINALITY_LIMIT");
    } else if (options.interval_ms != first->options.interval_ms ||
               options.cardinality_limit != first->options.cardinality_limit) {
        apply->reader.is_own = true;
    }
}

void hae_apply_periodic(struct hae_apply *apply, const haetae_config_node *node,
                        const struct hae_type *type)
{
    begin(apply, node);
    hae_apply_object(apply, node, type);
    if (apply->reader.is_own && !apply->reader.has_exporter) {
        hae_fault(apply->faults, HAETAE_EUNSUPPORTED, node,
                  "the exporter is a component, whose reader has the interval and the limit of the "
                  "first one and no others");
    }
}

void hae_apply_temporality(struct hae_apply *apply, const haetae_config_node *node,
                           const struct hae_type *type)
{
    int32_t *preference = &apply->reader.options.temporality_preference;

    (void)type;
    *preference = strcmp(node->text, "delta") == 0        ? HAETAE_PREFERENCE_DELTA
                  : strcmp(node->text, "low_memory") == 0 ? HAETAE_PREFERENCE_LOW_MEMORY
                                                          : HAETAE_PREFERENCE_CUMULATIVE;
    apply->reader.is_own = apply->reader.is_own || *preference != HAETAE_PREFERENCE_CUMULATIVE;
}

void hae_apply_histogram(struct hae_apply *apply, const haetae_config_node *node,
                         const struct hae_type *type)
{
    (void)type;
    if (strcmp(node->text, "base2_exponential_bucket_histogram") == 0) {
        apply->reader.options.aggregation_of[HAETAE_INSTRUMENT_HISTOGRAM] =
            HAETAE_AGGREGATION_BASE2_EXPONENTIAL_BUCKET_HISTOGRAM;
        apply->reader.is_own = true;
    }
}

void hae_add_reader(struct hae_apply *apply, const struct hae_file_reader *reader,
                    const haetae_config_node *node, haetae_exporter *exporter)
{
    haetae_metric_reader *made = NULL;
    haetae_status status;

    if (!reader->is_own) {
        return;
    }
    status = haetae_metric_reader_new(&reader->options, &made);
    if (status != HAETAE_OK) {
        hae_fault(apply->faults, status == HAETAE_EINVAL ? HAETAE_EUNSUPPORTED : status, node,
                  "haetae does not have such a reader");
        return;
    }
    status = haetae_config_add_metric_reader(apply->config, made, exporter);
    haetae_metric_reader_free(made);
    if (status != HAETAE_OK) {
        hae_fault(apply->faults, status, node, "%.200s", haetae_config_error(apply->config));
    }
}

/* ---- Pull readers ---------------------------------------------------------------------------- */

/* Its exporter brings the reader. */
void hae_apply_pull(struct hae_apply *apply, const haetae_config_node *node,
                    const struct hae_type *type)
{
    const haetae_config_node *limits = haetae_config_node_find(node, "cardinality_limits");
    const haetae_config_node *limit = haetae_config_node_find(limits, "default");

    apply->reader = (struct hae_file_reader){.is_own = false};
    if (haetae_config_node_type_of(limit) == HAETAE_CONFIG_NODE_INT64) {
        hae_apply_shared_key(apply, limit, "HAETAE_METRICS_CARDINALITY_LIMIT", limit->text);
    }
    for (int kind = 1; kind < HAETAE_INSTRUMENT_KINDS; kind++) {
        const haetae_config_node *one = haetae_config_node_find(limits, kinds[kind]);

        if (haetae_config_node_type_of(one) == HAETAE_CONFIG_NODE_INT64) {
            hae_fault(apply->faults, HAETAE_EUNSUPPORTED, one,
                      "a reader that is pulled has one limit for all kinds");
        }
    }
    hae_apply_object(apply, node, type);
}

/* An exporter is made with keys, which those of the file before it leave as they have set them. */
static void forget_keys(struct hae_apply *apply)
{
    static const char *const keys[] = {
        "OTEL_EXPORTER_PROMETHEUS_HOST",         "OTEL_EXPORTER_PROMETHEUS_PORT",
        "HAETAE_PROMETHEUS_SCOPE_INFO",          "HAETAE_PROMETHEUS_TARGET_INFO",
        "HAETAE_PROMETHEUS_RESOURCE_LABELS",     "HAETAE_PROMETHEUS_RESOURCE_LABELS_EXCLUDED",
        "HAETAE_PROMETHEUS_TRANSLATION_STRATEGY"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        (void)haetae_config_set_from_file(apply->config, keys[i], NULL);
    }
}

void hae_apply_prometheus(struct hae_apply *apply, const haetae_config_node *node,
                          const struct hae_type *type)
{
    haetae_exporter *exporter = NULL;
    haetae_status status;

    forget_keys(apply);
    hae_apply_object(apply, node, type);
    status = haetae_exporter_create_for(apply->config, "prometheus", NULL,
                                        UINT32_C(1) << HAETAE_SIGNAL_METRICS, &exporter);
    if (status == HAETAE_OK) {
        status = haetae_config_add_exporter(apply->config, exporter);
    }
    if (status != HAETAE_OK) {
        haetae_exporter_free(exporter);
        hae_fault(apply->faults, status, node, "%.250s", haetae_config_error(apply->config));
    }
}

/* Joins patterns with commas. */
static void set_patterns(struct hae_apply *apply, const haetae_config_node *list, const char *key)
{
    enum { PATTERNS_BYTES = 1024 };
    char text[PATTERNS_BYTES] = "";
    size_t length = 0;

    if (list == NULL) {
        return;
    }
    for (const haetae_config_node *one = list->first; one != NULL; one = one->next) {
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%s",
                                   length != 0 ? "," : "", one->text);
        if (length >= sizeof text || strchr(one->text, ',') != NULL) {
            hae_fault(apply->faults, HAETAE_ELIMIT, one,
                      "expected patterns without commas, of at most %d bytes together",
                      PATTERNS_BYTES - 1);
            return;
        }
    }
    hae_apply_key(apply, list, key, text);
}

void hae_apply_labels(struct hae_apply *apply, const haetae_config_node *node,
                      const struct hae_type *type)
{
    const haetae_config_node *excluded = haetae_config_node_find(node, "excluded");

    (void)type;
    set_patterns(apply, haetae_config_node_find(node, "included"),
                 "HAETAE_PROMETHEUS_RESOURCE_LABELS");
    set_patterns(apply, excluded, "HAETAE_PROMETHEUS_RESOURCE_LABELS_EXCLUDED");
    /* Of the schema: without a list of what is included, all is. */
    if (excluded != NULL && haetae_config_node_find(node, "included") == NULL) {
        hae_apply_key(apply, node, "HAETAE_PROMETHEUS_RESOURCE_LABELS", "*");
    }
}

/* The key has the words without "/development". */
void hae_apply_translation(struct hae_apply *apply, const haetae_config_node *node,
                           const struct hae_type *type)
{
    char word[64];

    (void)type;
    snprintf(word, sizeof word, "%.*s", (int)strcspn(node->text, "/"), node->text);
    hae_apply_key(apply, node, "HAETAE_PROMETHEUS_TRANSLATION_STRATEGY", word);
}
