/* SPDX-License-Identifier: Apache-2.0 */
#include "apply_view.h"

#include "haetae/view.h"
#include "node.h"

enum { KEYS_MAX = 256 };

/* What the options of a view point to. */
struct lists {
    haetae_string included[KEYS_MAX];
    haetae_string excluded[KEYS_MAX];
    double boundaries[HAETAE_BOUNDARIES_MAX];
};

/* Null is as if it were not there. */
static haetae_string text_of(const haetae_config_node *parent, const char *name)
{
    const haetae_config_node *node = haetae_config_node_find(parent, name);

    return haetae_config_node_type_of(node) == HAETAE_CONFIG_NODE_STRING
               ? haetae_string_of(node->text)
               : (haetae_string){NULL, 0};
}

static uint32_t count_of(const haetae_config_node *parent, const char *name)
{
    int64_t value = 0;

    (void)haetae_config_node_int64(haetae_config_node_find(parent, name), &value);
    return (uint32_t)value;
}

static int32_t kind_of(haetae_string name)
{
    /* By haetae_instrument_kind. */
    static const char *const names[] = {
        "counter",         "up_down_counter",    "gauge",
        "histogram",       "observable_counter", "observable_up_down_counter",
        "observable_gauge"};
    int32_t kind = sizeof names / sizeof names[0];

    while (kind > 0 && (name.data == NULL || strcmp(names[kind - 1], name.data) != 0)) {
        kind--;
    }
    return kind;
}

/* Without a criterion it is for all instruments, as the schema says. */
static void read_selector(const haetae_config_node *selector, haetae_view_options *view)
{
    view->instrument_name = text_of(selector, "instrument_name");
    view->instrument_kind = kind_of(text_of(selector, "instrument_type"));
    view->unit = text_of(selector, "unit");
    view->meter_name = text_of(selector, "meter_name");
    view->meter_version = text_of(selector, "meter_version");
    view->meter_schema_url = text_of(selector, "meter_schema_url");
    if (view->instrument_name.data == NULL) {
        view->instrument_name = haetae_string_of("*");
    }
}

/* This and the next ones: false: a fault says why. */
static bool read_keys(struct hae_apply *apply, const haetae_config_node *list,
                      haetae_string keys[KEYS_MAX], size_t *ret_count)
{
    size_t count = 0;

    if (haetae_config_node_count(list) > KEYS_MAX) {
        hae_fault(apply->faults, HAETAE_ELIMIT, list, "there are more than %d keys", KEYS_MAX);
        return false;
    }
    for (const haetae_config_node *one = list != NULL ? list->first : NULL; one != NULL;
         one = one->next) {
        keys[count++] = haetae_string_of(one->text);
    }
    *ret_count = count;
    return true;
}

static bool read_boundaries(struct hae_apply *apply, const haetae_config_node *list,
                            struct lists *lists, haetae_view_options *view)
{
    if (haetae_config_node_count(list) > HAETAE_BOUNDARIES_MAX) {
        hae_fault(apply->faults, HAETAE_ELIMIT, list, "there are more than %d boundaries",
                  HAETAE_BOUNDARIES_MAX);
        return false;
    }
    view->boundaries = list != NULL ? lists->boundaries : NULL;
    for (const haetae_config_node *one = list != NULL ? list->first : NULL; one != NULL;
         one = one->next) {
        size_t i = view->boundary_count++;

        lists->boundaries[i] = one->real;
        if (i > 0 && !(one->real > lists->boundaries[i - 1])) {
            hae_fault(apply->faults, HAETAE_EVALUE, one, "expected more than the one before");
            return false;
        }
    }
    return true;
}

/* An aggregation has one property, its name. */
static bool read_aggregation(struct hae_apply *apply, const haetae_config_node *aggregation,
                             struct lists *lists, haetae_view_options *view)
{
    static const char *const names[] = {[HAETAE_AGGREGATION_DEFAULT] = "default",
                                        [HAETAE_AGGREGATION_DROP] = "drop",
                                        [HAETAE_AGGREGATION_SUM] = "sum",
                                        [HAETAE_AGGREGATION_LAST_VALUE] = "last_value",
                                        [HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM] =
                                            "explicit_bucket_histogram",
                                        [HAETAE_AGGREGATION_BASE2_EXPONENTIAL_BUCKET_HISTOGRAM] =
                                            "base2_exponential_bucket_histogram"};
    const haetae_config_node *one = aggregation != NULL ? aggregation->first : NULL;
    const haetae_config_node *scale = haetae_config_node_find(one, "max_scale");
    bool extremes = true;
    int64_t number = 0;

    for (int32_t i = 0; one != NULL && i < (int32_t)(sizeof names / sizeof names[0]); i++) {
        view->aggregation = strcmp(one->key, names[i]) == 0 ? i : view->aggregation;
    }
    (void)haetae_config_node_bool(haetae_config_node_find(one, "record_min_max"), &extremes);
    view->no_min_max = !extremes;
    view->max_size = count_of(one, "max_size");
    if (haetae_config_node_int64(scale, &number) == HAETAE_OK) {
        view->max_scale = (int32_t)number;
        view->max_scale_given = 1;
    }
    return read_boundaries(apply, haetae_config_node_find(one, "boundaries"), lists, view);
}

static bool read_stream(struct hae_apply *apply, const haetae_config_node *stream,
                        struct lists *lists, haetae_view_options *view)
{
    const haetae_config_node *keys = haetae_config_node_find(stream, "attribute_keys");
    const haetae_config_node *included = haetae_config_node_find(keys, "included");

    view->name = text_of(stream, "name");
    view->description = text_of(stream, "description");
    view->cardinality_limit = count_of(stream, "aggregation_cardinality_limit");
    view->included_keys = included != NULL ? lists->included : NULL;
    view->excluded_keys = lists->excluded;
    return read_keys(apply, included, lists->included, &view->included_key_count) &&
           read_keys(apply, haetae_config_node_find(keys, "excluded"), lists->excluded,
                     &view->excluded_key_count) &&
           read_aggregation(apply, haetae_config_node_find(stream, "aggregation"), lists, view);
}

static void apply_view(struct hae_apply *apply, const haetae_config_node *node)
{
    haetae_view_options view = HAETAE_OPTIONS(haetae_view_options);
    haetae_status status;
    struct lists lists;
    const char *why;

    read_selector(haetae_config_node_find(node, "selector"), &view);
    if (!read_stream(apply, haetae_config_node_find(node, "stream"), &lists, &view)) {
        return;
    }
    status = haetae_config_add_view(apply->config, &view);
    if (status != HAETAE_OK) {
        why = haetae_config_error(apply->config);
        hae_fault(apply->faults, status == HAETAE_EINVAL ? HAETAE_EVALUE : status, node, "%.250s",
                  why);
    }
}

void hae_apply_views(struct hae_apply *apply, const haetae_config_node *node,
                     const struct hae_type *type)
{
    (void)type;
    for (const haetae_config_node *one = node->first; one != NULL; one = one->next) {
        apply_view(apply, one);
    }
}
