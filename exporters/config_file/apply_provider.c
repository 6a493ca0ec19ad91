/* SPDX-License-Identifier: Apache-2.0 */
#include "apply_provider.h"

#include <stdio.h>
#include <stdlib.h>

#include "apply_scope.h"
#include "component.h"

/* ---- The root
 * ------------------------------------------------------------------------------------ */

/* Specification: opentelemetry-configuration, "Versioning", "File format". */
void hae_apply_format(struct hae_apply *apply, const haetae_config_node *node,
                      const struct hae_type *type)
{
    enum { MAJOR = 1, MINOR = 1 };
    char *end;
    long major = strtol(node->text, &end, 10);
    long minor = *end == '.' ? strtol(end + 1, &end, 10) : -1;

    (void)type;
    if (major != MAJOR || minor < 0 || (*end != '\0' && *end != '-')) {
        hae_fault(apply->faults, HAETAE_EUNSUPPORTED, node,
                  "haetae reads version 1.1 of the format, and 1.0");
    } else if (minor > MINOR) {
        hae_warn(apply->faults, apply->config, node,
                 "haetae reads version 1.1 of the format; it may not know all of this file");
    }
}

void hae_apply_log_level(struct hae_apply *apply, const haetae_config_node *node,
                         const struct hae_type *type)
{
    char number[8];

    (void)type;
    snprintf(number, sizeof number, "%d", hae_severity_of(node->text));
    hae_apply_key(apply, node, "OTEL_LOG_LEVEL", number);
}

void hae_apply_depth(struct hae_apply *apply, const haetae_config_node *node,
                     const struct hae_type *type)
{
    (void)type;
    hae_apply_shared_key(apply, node, "HAETAE_VALUE_DEPTH_LIMIT", node->text);
}

void hae_apply_distribution(struct hae_apply *apply, const haetae_config_node *node,
                            const struct hae_type *type)
{
    const haetae_config_node *own = haetae_config_node_find(node, "haetae");

    (void)type;
    if (own == NULL || own->type == HAETAE_CONFIG_NODE_NULL) {
        return;
    }
    if (own->type != HAETAE_CONFIG_NODE_MAP) {
        hae_fault(apply->faults, HAETAE_EVALUE, own, "expected a map of keys");
        return;
    }
    for (const haetae_config_node *one = own->first; one != NULL; one = one->next) {
        if (one->type == HAETAE_CONFIG_NODE_NULL) {
            continue; /* as if it were not there */
        }
        if (one->type == HAETAE_CONFIG_NODE_LIST || one->type == HAETAE_CONFIG_NODE_MAP) {
            hae_fault(apply->faults, HAETAE_EVALUE, one, "expected a text, number or boolean");
        } else if (strncmp(one->key, "HAETAE_", 7) != 0) {
            hae_fault(apply->faults, HAETAE_EVALUE, one,
                      "expected a key of haetae, such as HAETAE_QUEUE_BYTES");
        } else {
            hae_apply_key(apply, one, one->key, haetae_config_node_text(one));
        }
    }
}

/* ---- Signals
 * --------------------------------------------------------------------------------------- */

static const struct {
    const char *provider;
    const char *exporter_key;
} signals[HAETAE_SIGNAL_COUNT] = {
    [HAETAE_SIGNAL_TRACES] = {"tracer_provider", "OTEL_TRACES_EXPORTER"},
    [HAETAE_SIGNAL_METRICS] = {"meter_provider", "OTEL_METRICS_EXPORTER"},
    [HAETAE_SIGNAL_LOGS] = {"logger_provider", "OTEL_LOGS_EXPORTER"},
};

static void set_default(struct hae_apply *apply, const haetae_config_node *root, const char *key,
                        const char *value)
{
    haetae_status status = haetae_config_set_from_file(apply->config, key, value);

    if (status != HAETAE_OK && status != HAETAE_EKEY) {
        hae_fault(apply->faults, status, root, "%s: %s", key, haetae_status_text(status));
    }
}

void hae_apply_defaults(struct hae_apply *apply, const haetae_config_node *root)
{
    set_default(apply, root, "HAETAE_RESOURCE_DETECTORS", "none");
    set_default(apply, root, "OTEL_PROPAGATORS", "none");
}

void hae_apply_unused_signals(struct hae_apply *apply, const haetae_config_node *root)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if ((apply->signals >> signal & 1) == 0) {
            set_default(apply, root, signals[signal].exporter_key, "none");
        }
    }
}

void hae_apply_provider(struct hae_apply *apply, const haetae_config_node *node,
                        const struct hae_type *type)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if (strcmp(node->key, signals[signal].provider) == 0) {
            apply->signal = (haetae_signal)signal;
            apply->signals |= UINT32_C(1) << signal;
            hae_apply_object(apply, node, type);
        }
    }
}

/* ---- Processors and readers
 * -------------------------------------------------------------------------- */

void hae_apply_processors(struct hae_apply *apply, const haetae_config_node *node,
                          const struct hae_type *type)
{
    for (const haetae_config_node *item = node->first; item != NULL; item = item->next) {
        hae_apply_object(apply, item, type);
    }
}

static const struct {
    const char *name;
    const char *keys[HAETAE_SIGNAL_COUNT];
} counts[] = {
    {"schedule_delay",
     {[HAETAE_SIGNAL_TRACES] = "OTEL_BSP_SCHEDULE_DELAY",
      [HAETAE_SIGNAL_LOGS] = "OTEL_BLRP_SCHEDULE_DELAY"}},
    {"export_timeout",
     {[HAETAE_SIGNAL_TRACES] = "OTEL_BSP_EXPORT_TIMEOUT",
      [HAETAE_SIGNAL_LOGS] = "OTEL_BLRP_EXPORT_TIMEOUT"}},
    {"max_queue_size",
     {[HAETAE_SIGNAL_TRACES] = "OTEL_BSP_MAX_QUEUE_SIZE",
      [HAETAE_SIGNAL_LOGS] = "OTEL_BLRP_MAX_QUEUE_SIZE"}},
    {"max_export_batch_size",
     {[HAETAE_SIGNAL_TRACES] = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
      [HAETAE_SIGNAL_LOGS] = "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE"}},
    {"timeout", {[HAETAE_SIGNAL_METRICS] = "OTEL_METRIC_EXPORT_TIMEOUT"}},
};

static void set_count(struct hae_apply *apply, const haetae_config_node *node, const char *name,
                      const char *value)
{
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        if (strcmp(counts[i].name, name) == 0 && counts[i].keys[apply->signal] != NULL) {
            hae_apply_shared_key(apply, node, counts[i].keys[apply->signal], value);
        }
    }
}

void hae_apply_batch_count(struct hae_apply *apply, const haetae_config_node *node,
                           const struct hae_type *type)
{
    (void)type;
    set_count(apply, node, node->key, node->text);
}

/* batch or simple: all processors of a signal are the one or the other. */
void hae_apply_processor(struct hae_apply *apply, const haetae_config_node *node,
                         const struct hae_type *type)
{
    hae_apply_shared_key(apply, node,
                         apply->signal == HAETAE_SIGNAL_LOGS ? "HAETAE_LOGS_PROCESSOR"
                                                             : "HAETAE_TRACES_PROCESSOR",
                         node->key);
    hae_apply_object(apply, node, type);
}

/* ---- Propagators
 * ----------------------------------------------------------------------------------- */

enum { NAMES_BYTES = 512 };

static bool has_name(const char *names, const char *name, size_t length)
{
    while (*names != '\0') {
        size_t one = strcspn(names, ",");

        if (one == length && memcmp(names, name, length) == 0) {
            return true;
        }
        names += one + (names[one] == ',');
    }
    return false;
}

/* Adds a name, unless it is there. */
static bool add_name(char names[NAMES_BYTES], const char *name, size_t length)
{
    size_t used = strlen(names);

    if (length == 0 || has_name(names, name, length)) {
        return true;
    }
    if (used + length + 2 > NAMES_BYTES) {
        return false;
    }
    snprintf(names + used, NAMES_BYTES - used, "%s%.*s", used != 0 ? "," : "", (int)length, name);
    return true;
}

static bool add_listed(char names[NAMES_BYTES], const char *list)
{
    bool fits = true;

    while (*list != '\0' && fits) {
        size_t length;

        list += strspn(list, " \t,");
        length = strcspn(list, " \t,");
        fits = add_name(names, list, length);
        list += length;
    }
    return fits;
}

void hae_apply_propagator(struct hae_apply *apply, const haetae_config_node *node,
                          const struct hae_type *type)
{
    const haetae_config_node *composite = haetae_config_node_find(node, "composite");
    const haetae_config_node *list = haetae_config_node_find(node, "composite_list");
    char names[NAMES_BYTES] = "";
    bool fits = true;

    (void)type;
    for (const haetae_config_node *one = composite != NULL ? composite->first : NULL; one != NULL;
         one = one->next) {
        const char *name = haetae_config_node_key(one->first);

        /* It registers a propagator of its name. */
        if (hae_component_is_known(HAETAE_CONFIG_PROPAGATOR, name)) {
            hae_apply_component(apply, one->first, HAETAE_CONFIG_PROPAGATOR);
        }
        fits = fits && add_name(names, name, strlen(name));
    }
    fits = fits && add_listed(names, haetae_config_node_text(list));
    if (!fits) {
        hae_fault(apply->faults, HAETAE_ELIMIT, node, "there are too many propagators");
    } else if (names[0] != '\0') {
        hae_apply_key(apply, node, "OTEL_PROPAGATORS", names);
    }
}
