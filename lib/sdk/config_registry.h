/* SPDX-License-Identifier: Apache-2.0 */
/* The vocabulary of the configuration: the core's keys, whose tables stand beside
 * their owners in <layer>/keys.h, and those that exporters bring. All of them have
 * a number; it stays the same as long as the process runs.
 * Specification: "Environment Variable Specification". */
#ifndef HAETAE_SDK_CONFIG_REGISTRY_H
#define HAETAE_SDK_CONFIG_REGISTRY_H

#include "haetae/config.h"
#include "logs/keys.h"
#include "metrics/keys.h"
#include "pipeline/keys.h"
#include "propagation/keys.h"
#include "recorder/keys.h"
#include "sdk/config_value.h"
#include "sdk/keys.h"
#include "trace/keys.h"

/* The core's tables, each in the order of its names.
 * X(name, type, default, least, most, choices, help): `type` is a haetae_config_type
 * without its prefix; the other columns are the fields of haetae_config_key. */
#define HAE_CONFIG_MAP(X)                                                                          \
    HAE_LOGS_KEYS(X)                                                                               \
    HAE_METRICS_KEYS(X)                                                                            \
    HAE_PIPELINE_KEYS(X)                                                                           \
    HAE_PROPAGATION_KEYS(X)                                                                        \
    HAE_RECORDER_KEYS(X)                                                                           \
    HAE_SDK_KEYS(X)                                                                                \
    HAE_TRACE_KEYS(X)

/* The numbers of the core's keys. Exporters' keys follow. */
enum hae_config_key {
#define HAE_CONFIG_ENUM(name, type, value, min, max, choices, help) HAE_KEY_##name,
    HAE_CONFIG_MAP(HAE_CONFIG_ENUM)
#undef HAE_CONFIG_ENUM
        HAE_CONFIG_CORE_COUNT
};

enum {
    HAE_CONFIG_KEYS_MAX = 256,               /* the core's and those of all exporters */
    HAE_CONFIG_NAME_BYTES = 65,              /* of a key, its NUL included            */
    HAE_CONFIG_NO_KEY = HAE_CONFIG_KEYS_MAX, /* a number that no key has              */
};

/* How many keys there are now. Another thread may add some, but never removes one. */
size_t hae_config_key_count(void);

/* The description of a key, and its default: text "" when it has none. */
const haetae_config_key *hae_config_def(size_t key);
const struct hae_config_value *hae_config_default(size_t key);

/* The number of the key with this name, or HAE_CONFIG_NO_KEY. */
size_t hae_config_find(const char *name);

/* Whether a setting for all exporters holds for those with a label, too. It does not if it is of a
 * single signal in place of a key of all signals, and so might come before the label's own. */
bool hae_config_is_shared(size_t key);

/* The key that follows `name` in the order of strcmp(), "" for the first;
 * HAE_CONFIG_NO_KEY at the end. */
size_t hae_config_next_key(const char *name);

/* The known name that looks most like this one; NULL if none does. */
const char *hae_config_nearest(const char *name);

/* Adds an exporter's keys, which are `stride` bytes apart and must stay as they are
 * until the process ends. A key that is known already must be the same but for its help, and
 * is not added again: exporters may share keys.
 * Threads: one at a time; others may read. Errors: HAETAE_EINVAL (a name that is not OTEL_ or
 * HAETAE_ and capital letters, digits and _, an unknown type, a default that is not canonical),
 * HAETAE_ECONFLICT (known with another type, default, range or choices), HAETAE_ELIMIT; no key was
 * added then, and *ret_key is the number of the one that is at fault. */
haetae_status hae_config_add_keys(const haetae_config_key *keys, size_t count, size_t stride,
                                  size_t *ret_key);

#endif
