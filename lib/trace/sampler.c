/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/sampler.h"

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
        set.threshold = (uint64_t)((1.0 - ratio) * (double)HAE_THRESHOLD_OFF);
    } else if (strcmp(name, "always_on") != 0) {
        return false;
    }
    *sampling = set;
    return true;
}
