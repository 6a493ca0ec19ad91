/* SPDX-License-Identifier: Apache-2.0 */
#include "apply_sampler.h"

#include <inttypes.h>
#include <stdio.h>

#include "apply_composable.h"
#include "component.h"
#include "haetae/sampler.h"

/* ---- Those that OTEL_TRACES_SAMPLER names ------------------------------------------------------
 */

static const struct {
    const char *name;         /* in the file */
    const char *own;          /* for OTEL_TRACES_SAMPLER */
    const char *parent_based; /* the same as a root's */
} keyed[] = {
    {"always_on", "always_on", "parentbased_always_on"},
    {"always_off", "always_off", "parentbased_always_off"},
    {"trace_id_ratio_based", "traceidratio", "parentbased_traceidratio"},
};
enum { KEYED_COUNT = sizeof keyed / sizeof keyed[0], FRACTION_BYTES = 32 };

static size_t find_keyed(const haetae_config_node *node)
{
    size_t i = 0;

    while (i < KEYED_COUNT && strcmp(haetae_config_node_key(node), keyed[i].name) != 0) {
        i++;
    }
    return i;
}

static double ratio_of(const haetae_config_node *node)
{
    double ratio = 1;

    (void)haetae_config_node_double(haetae_config_node_find(node, "ratio"), &ratio);
    return ratio;
}

/* Keys take no exponent, and a locale may have a decimal comma. */
static void put_fraction(double ratio, char ret_text[FRACTION_BYTES])
{
    static const uint64_t unit = 1000000000000000;
    uint64_t digits = (uint64_t)(ratio * (double)unit + 0.5);

    snprintf(ret_text, FRACTION_BYTES, "%d.%015" PRIu64, digits / unit != 0, digits % unit);
}

static void set_keys(struct hae_apply *apply, const haetae_config_node *node, size_t row,
                     bool parent_based)
{
    char text[FRACTION_BYTES];

    hae_apply_key(apply, node, "OTEL_TRACES_SAMPLER",
                  parent_based ? keyed[row].parent_based : keyed[row].own);
    if (haetae_config_node_find(node, "ratio") != NULL) {
        put_fraction(ratio_of(node), text);
        hae_apply_key(apply, node, "OTEL_TRACES_SAMPLER_ARG", text);
    }
}

/* The share that a sampler begins with, which the key can say. */
static bool read_share(const haetae_config_node *node, double *ret_share)
{
    const char *name = haetae_config_node_key(node);

    if (strcmp(name, "always_on") == 0 || strcmp(name, "always_off") == 0) {
        *ret_share = strcmp(name, "always_on") == 0;
        return true;
    }
    *ret_share = ratio_of(node);
    return strcmp(name, "trace_id_ratio_based") == 0 ||
           strcmp(name, "probability/development") == 0;
}

/* Sets the keys of the sampler "jaeger_remote". False: keys cannot say it. */
static bool set_remote(struct hae_apply *apply, const haetae_config_node *node, bool parent_based)
{
    enum { DEFAULT_MS = 60000, ARGUMENT_BYTES = 4096 };
    const char *endpoint = haetae_config_node_text(haetae_config_node_find(node, "endpoint"));
    int64_t interval_ms = DEFAULT_MS;
    double share;
    char argument[ARGUMENT_BYTES];
    int length;

    if (hae_component_is_known(HAETAE_CONFIG_SAMPLER, haetae_config_node_key(node)) ||
        !read_share(haetae_config_node_find(node, "initial_sampler")->first, &share) ||
        strchr(endpoint, ',') != NULL) {
        return false;
    }
    (void)haetae_config_node_int64(haetae_config_node_find(node, "interval"), &interval_ms);
    length = snprintf(argument, sizeof argument,
                      "endpoint=%s,pollingIntervalMs=%" PRId64 ",initialSamplingRate=", endpoint,
                      interval_ms);
    if (length < 0 || length + FRACTION_BYTES > ARGUMENT_BYTES) {
        return false;
    }
    put_fraction(share, argument + length);
    hae_apply_key(apply, node, "OTEL_TRACES_SAMPLER",
                  parent_based ? "parentbased_jaeger_remote" : "jaeger_remote");
    hae_apply_key(apply, node, "OTEL_TRACES_SAMPLER_ARG", argument);
    return true;
}

/* The delegates of parent_based, and what they are when the file does not say. */
enum { DELEGATE_COUNT = 5 };
static const char *const delegates[DELEGATE_COUNT][2] = {
    {"root", "always_on"},
    {"remote_parent_sampled", "always_on"},
    {"remote_parent_not_sampled", "always_off"},
    {"local_parent_sampled", "always_on"},
    {"local_parent_not_sampled", "always_off"},
};

/* Whether all delegates but the root are the defaults. */
static bool has_default_delegates(const haetae_config_node *node)
{
    for (size_t i = 1; i < DELEGATE_COUNT; i++) {
        const haetae_config_node *delegate = haetae_config_node_find(node, delegates[i][0]);

        if (delegate != NULL &&
            strcmp(haetae_config_node_key(delegate->first), delegates[i][1]) != 0) {
            return false;
        }
    }
    return true;
}

/* True: keys say it. */
static bool apply_keyed(struct hae_apply *apply, const haetae_config_node *node)
{
    bool parent_based = strcmp(haetae_config_node_key(node), "parent_based") == 0;
    const haetae_config_node *root = haetae_config_node_find(node, "root");
    const haetae_config_node *named = !parent_based ? node : root != NULL ? root->first : NULL;
    size_t row = named != NULL ? find_keyed(named) : 0;

    if (parent_based && !has_default_delegates(node)) {
        return false;
    }
    if (row == KEYED_COUNT) {
        return strcmp(haetae_config_node_key(named), "jaeger_remote/development") == 0 &&
               set_remote(apply, named, parent_based);
    }
    set_keys(apply, named != NULL ? named : node, row, parent_based);
    return true;
}

/* ---- All others --------------------------------------------------------------------------------
 */

static haetae_status make_sampler(struct hae_apply *apply, const haetae_config_node *holder,
                                  haetae_sampler **ret_sampler);

static haetae_status make_parent_based(struct hae_apply *apply, const haetae_config_node *node,
                                       haetae_sampler **ret_sampler)
{
    haetae_parent_based_options options = HAETAE_OPTIONS(haetae_parent_based_options);
    haetae_sampler **const fields[DELEGATE_COUNT] = {
        &options.root, &options.remote_sampled, &options.remote_not_sampled, &options.local_sampled,
        &options.local_not_sampled};
    haetae_status status = HAETAE_OK;

    for (size_t i = 0; i < DELEGATE_COUNT && status == HAETAE_OK; i++) {
        const haetae_config_node *delegate = haetae_config_node_find(node, delegates[i][0]);

        if (delegate != NULL) {
            status = make_sampler(apply, delegate, fields[i]);
        }
    }
    if (status == HAETAE_OK && options.root == NULL) {
        status = haetae_sampler_always_on(&options.root);
    }
    if (status == HAETAE_OK) {
        status = haetae_sampler_parent_based(&options, ret_sampler);
    }
    for (size_t i = 0; i < DELEGATE_COUNT && status != HAETAE_OK; i++) {
        haetae_sampler_free(*fields[i]);
    }
    return status;
}

static haetae_status make_always_record(struct hae_apply *apply, const haetae_config_node *node,
                                        haetae_sampler **ret_sampler)
{
    haetae_sampler *root = NULL;
    haetae_status status = make_sampler(apply, haetae_config_node_find(node, "root"), &root);

    if (status == HAETAE_OK) {
        status = haetae_sampler_always_record(root, ret_sampler);
    }
    if (status != HAETAE_OK) {
        haetae_sampler_free(root);
    }
    return status;
}

static haetae_status make_composite(struct hae_apply *apply, const haetae_config_node *node,
                                    haetae_sampler **ret_sampler)
{
    haetae_composable *composable = NULL;
    haetae_status status = hae_make_composable(apply, node, &composable);

    if (status == HAETAE_OK) {
        status = haetae_sampler_composite(composable, ret_sampler);
    }
    if (status != HAETAE_OK) {
        haetae_composable_free(composable);
    }
    return status;
}

/* The component gives the configuration a sampler, and the one that was there before comes back. */
static haetae_status make_component(struct hae_apply *apply, const haetae_config_node *node,
                                    haetae_sampler **ret_sampler)
{
    haetae_sampler *before = haetae_config_take_sampler(apply->config);
    size_t known = apply->faults->count;
    haetae_sampler *made;

    hae_apply_component(apply, node, HAETAE_CONFIG_SAMPLER);
    made = haetae_config_take_sampler(apply->config);
    (void)haetae_config_set_sampler(apply->config, before);
    if (apply->faults->count != known) {
        haetae_sampler_free(made);
        return apply->faults->status;
    }
    if (made == NULL) {
        hae_fault(apply->faults, HAETAE_EVALUE, node, "the component made no sampler");
        return HAETAE_EVALUE;
    }
    *ret_sampler = made;
    return HAETAE_OK;
}

static haetae_status make_rate_limiting(const haetae_config_node *node,
                                        haetae_sampler **ret_sampler)
{
    double spans_per_second = 0;

    (void)haetae_config_node_double(haetae_config_node_find(node, "spans_per_second"),
                                    &spans_per_second);
    return haetae_sampler_rate_limiting(spans_per_second, ret_sampler);
}

static haetae_status make_named(struct hae_apply *apply, const haetae_config_node *node,
                                haetae_sampler **ret_sampler)
{
    static haetae_status (*const with_others[])(
        struct hae_apply * apply, const haetae_config_node *node,
        haetae_sampler **ret_sampler) = {make_parent_based, make_always_record, make_composite};
    static const char *const names[] = {"parent_based", "always_record", "composite/development"};
    const char *name = haetae_config_node_key(node);

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            return with_others[i](apply, node, ret_sampler);
        }
    }
    if (strcmp(name, "always_on") == 0) {
        return haetae_sampler_always_on(ret_sampler);
    }
    if (strcmp(name, "always_off") == 0) {
        return haetae_sampler_always_off(ret_sampler);
    }
    if (strcmp(name, "trace_id_ratio_based") == 0) {
        return haetae_sampler_ratio(ratio_of(node), ret_sampler);
    }
    if (strcmp(name, "probability/development") == 0) {
        return haetae_sampler_probability(ratio_of(node), ret_sampler);
    }
    if (strcmp(name, "rate_limiting/haetae") == 0) {
        return make_rate_limiting(node, ret_sampler);
    }
    return make_component(apply, node, ret_sampler);
}

/* Makes the sampler that a map with one key names. On failure a fault says why. */
static haetae_status make_sampler(struct hae_apply *apply, const haetae_config_node *holder,
                                  haetae_sampler **ret_sampler)
{
    size_t known = apply->faults->count;
    haetae_status status = make_named(apply, holder->first, ret_sampler);

    if (status != HAETAE_OK && apply->faults->count == known) {
        hae_fault(apply->faults, status, holder->first, "%s", haetae_status_text(status));
    }
    return status;
}

void hae_apply_sampler(struct hae_apply *apply, const haetae_config_node *node,
                       const struct hae_type *type)
{
    haetae_sampler *sampler = NULL;

    (void)type;
    if (!apply_keyed(apply, node->first) && make_sampler(apply, node, &sampler) == HAETAE_OK) {
        (void)haetae_config_set_sampler(apply->config, sampler);
    }
}

void hae_apply_id_generator(struct hae_apply *apply, const haetae_config_node *node,
                            const struct hae_type *type)
{
    (void)type;
    if (strcmp(haetae_config_node_key(node->first), "random") != 0) {
        hae_apply_component(apply, node->first, HAETAE_CONFIG_ID_GENERATOR);
    }
}
