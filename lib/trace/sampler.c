/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/sampler.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/option_struct.h"

_Atomic uint32_t hae_sampling_remarks;

uint64_t hae_ratio_threshold(double ratio)
{
    return (uint64_t)((1.0 - ratio) * (double)HAE_THRESHOLD_OFF);
}

bool hae_sampling_set(struct hae_sampling *sampling, const char *name, double ratio)
{
    static const char parent_based[] = "parentbased_";
    struct hae_sampling set = {.threshold = 0};

    if (strncmp(name, parent_based, sizeof parent_based - 1) == 0) {
        set.parent_based = true;
        name += sizeof parent_based - 1;
    }
    if (strcmp(name, "always_off") == 0) {
        set.threshold = HAE_THRESHOLD_OFF;
    } else if (strcmp(name, "traceidratio") == 0) {
        set.threshold = hae_ratio_threshold(ratio);
        set.is_ratio = true;
    } else if (strcmp(name, "always_on") != 0) {
        return false;
    }
    *sampling = set;
    return true;
}

void hae_sampling_fit_threshold(const struct hae_sampling *sampling, bool has_parent,
                                bool parent_sampled, const uint8_t trace_id[16],
                                haetae_trace_state *trace_state)
{
    if (sampling->parent_based && has_parent) {
        hae_ot_keep_threshold_of(trace_state, trace_id, parent_sampled);
    } else {
        hae_ot_remove_threshold(trace_state);
    }
}

/* ---- What a decision brings with it ------------------------------------------------------- */

void haetae_sampling_add_attributes(haetae_sampling *sampling, const haetae_attribute *attributes,
                                    size_t count)
{
    if (sampling == NULL || attributes == NULL) {
        return;
    }
    for (size_t i = 0; i < count && sampling->attribute_count < HAETAE_SAMPLING_ATTRIBUTES_MAX;
         i++) {
        sampling->attributes[sampling->attribute_count++] = attributes[i];
    }
}

void haetae_sampling_remove_threshold(haetae_sampling *sampling)
{
    if (sampling != NULL) {
        hae_ot_remove_threshold(&sampling->trace_state);
    }
}

haetae_trace_state *haetae_sampling_trace_state(haetae_sampling *sampling)
{
    return sampling != NULL ? &sampling->trace_state : NULL;
}

/* ---- Samplers ---------------------------------------------------------------------------- */

struct haetae_sampler *hae_sampler_make(size_t state_bytes)
{
    /* The state lies behind the sampler, at a multiple of what any type needs. */
    enum { ALIGN = sizeof(max_align_t) };
    size_t at = (sizeof(struct haetae_sampler) + ALIGN - 1) / ALIGN * ALIGN;
    struct haetae_sampler *made = hae_calloc(1, at + state_bytes);

    if (made != NULL && state_bytes != 0) {
        made->sampler.user = (char *)made + at;
    }
    return made;
}

bool hae_sampler_own(haetae_sampler *sampler)
{
    if (sampler == NULL || sampler->owned) {
        return false;
    }
    sampler->owned = true;
    return true;
}

void hae_sampler_drop(haetae_sampler *sampler)
{
    if (sampler != NULL) {
        hae_sampler_done(&sampler->sampler);
        hae_free(sampler);
    }
}

void haetae_sampler_free(haetae_sampler *sampler)
{
    if (sampler != NULL && !sampler->owned) {
        hae_sampler_drop(sampler);
    }
}

int32_t hae_sampler_ask(const haetae_sampler *sampler, const haetae_sampling_input *input,
                        haetae_sampling *sampling)
{
    const struct hae_sampling *rule = &sampler->rule;
    bool has_parent = input->parent != NULL;
    bool parent_sampled =
        has_parent && (input->parent->trace_flags & HAETAE_TRACE_FLAG_SAMPLED) != 0;
    bool sampled;

    if (sampler->sampler.decide != NULL) {
        return sampler->sampler.decide(sampler->sampler.user, input, sampling);
    }
    if (has_parent && rule->is_ratio && !rule->parent_based) {
        hae_sampling_remark(HAE_REMARK_RATIO_OF_CHILD);
    }
    hae_sampling_fit_threshold(rule, has_parent, parent_sampled, input->trace_id,
                               &sampling->trace_state);
    sampled = rule->parent_based && has_parent
                  ? parent_sampled
                  : hae_sampled(rule, NULL, hae_load64(input->trace_id + 8));
    return sampled ? HAETAE_SAMPLING_RECORD_AND_SAMPLE : HAETAE_SAMPLING_DROP;
}

haetae_status haetae_sampler_new(const haetae_sampler_ops *ops, void *self,
                                 haetae_sampler **ret_sampler)
{
    haetae_sampler_ops known = HAETAE_OPTIONS(haetae_sampler_ops);
    haetae_sampler *made;

    if (ops == NULL || ret_sampler == NULL ||
        HAE_OPTION_STRUCT_READ(haetae_sampler_ops, &known, ops) == HAE_OPTION_STRUCT_REJECTED ||
        known.decide == NULL) {
        return HAETAE_EINVAL;
    }
    made = hae_sampler_make(0);
    if (made == NULL) {
        return HAETAE_ENOMEM;
    }
    made->sampler = (struct hae_sampler){known.decide, known.free, self};
    snprintf(made->description, sizeof made->description, "%s",
             known.description != NULL ? known.description : "");
    *ret_sampler = made;
    return HAETAE_OK;
}

/* ---- Work --------------------------------------------------------------------------------- */

void hae_sampler_add_working(haetae_sampler *sampler, const haetae_sampler *taken)
{
    haetae_sampler **end = &sampler->working;

    while (*end != NULL) {
        end = &(*end)->next_working;
    }
    *end = taken != NULL ? taken->working : NULL;
}

haetae_status haetae_sampler_set_work(haetae_sampler *sampler, const haetae_exporter_ops *work)
{
    if (sampler == NULL || sampler->owned || sampler->work.struct_size != 0 || work == NULL ||
        HAE_OPTION_STRUCT_READ(haetae_exporter_ops, &sampler->work, work) ==
            HAE_OPTION_STRUCT_REJECTED) {
        return HAETAE_EINVAL;
    }
    sampler->work.struct_size = sizeof sampler->work;
    sampler->working = sampler;
    return HAETAE_OK;
}

void haetae_sampler_warn(const haetae_sampler *sampler, const char *text)
{
    if (sampler != NULL && text != NULL) {
        hae_diagnose(sampler->diagnostics, HAETAE_DIAGNOSTIC_WARN, "sampler", "%s: %s",
                     sampler->description, text);
    }
}

const char *haetae_sampler_description(const haetae_sampler *sampler)
{
    return sampler != NULL ? sampler->description : "";
}
