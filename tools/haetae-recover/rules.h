/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of redaction on the command line: KEYS=delete, KEYS=replace:TEXT, KEYS=hash:FILE. */
#ifndef HAETAE_RECOVER_RULES_H
#define HAETAE_RECOVER_RULES_H

#include <stdbool.h>

#include "haetae/redaction.h"

/* The most rules that a configuration takes. */
enum { HAE_REC_RULES_MAX = 64 };

struct hae_rec_rule {
    char keys[256];
    haetae_redaction_action action;
    const char *text; /* of the argument: what replaces, or the file of the secret */
};

/* Reads an argument; false: it is no rule. */
bool hae_rec_rule_read(const char *argument, struct hae_rec_rule *ret_rule);

/* Adds a rule to the configuration. False: a message was printed. */
bool hae_rec_rule_add(haetae_config *config, const struct hae_rec_rule *rule);

#endif
