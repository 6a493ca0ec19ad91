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

#endif
