/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for the scopes of a signal: rules by their names, and a callback. */
#ifndef HAETAE_RECORDER_SCOPE_RULES_H
#define HAETAE_RECORDER_SCOPE_RULES_H

#include "haetae/scope.h"
#include "recorder/scope.h"

struct hae_scope_rule;

/* Guarded by the lock of the provider that has them. All zero: none. */
struct hae_scope_rules {
    struct hae_scope_rule *newest;
    haetae_configurator callback; /* or NULL */
    void *user;
};

/* Adds a rule. Errors: as haetae_sdk_add_scope_rule(). */
haetae_status hae_scope_rules_add(struct hae_scope_rules *rules, const char *pattern,
                                  const haetae_scope_config *config);

void hae_scope_rules_done(struct hae_scope_rules *rules);

/* What holds for a scope. */
haetae_scope_config hae_scope_rules_find(const struct hae_scope_rules *rules, haetae_signal signal,
                                         const struct hae_recorder *recorder, uint16_t scope);

/* Reads a scope as it is kept; of its attributes the first ones that are text, numbers or booleans.
 * All of it points into the region. */
void hae_scope_read(const struct hae_scope_view *view, haetae_scope_options *ret_scope,
                    haetae_attribute *attributes, size_t attributes_max);

#endif
