/* SPDX-License-Identifier: Apache-2.0 */
/* Removes, replaces or hashes values of encoded items by their keys. */
#ifndef HAETAE_PIPELINE_REDACT_H
#define HAETAE_PIPELINE_REDACT_H

#include "haetae/redaction.h"
#include "haetae/signal.h"
#include "pipeline/batch.h"

struct hae_redaction_rule;

/* All zero: no rules. Rules are added before the start; the rest is the driver's. */
struct hae_redactor {
    struct hae_redaction_rule *rules; /* in their order */
    size_t rule_count;
    uint8_t *memory; /* the last item that was rewritten */
    size_t capacity_bytes;
};

/* Adds a rule. Errors: as haetae_config_add_redaction(). */
haetae_status hae_redactor_add(struct hae_redactor *redactor, const char *key_pattern,
                               haetae_redaction_action action, haetae_string text,
                               uint32_t signals);
void hae_redactor_done(struct hae_redactor *redactor);

enum hae_redacted {
    HAE_REDACTED_DONE,      /* *item may go on */
    HAE_REDACTED_NO_MEMORY, /* nothing has changed */
    HAE_REDACTED_MALFORMED  /* nobody can say what is in it */
};

/* Rewrites an item, a Span, LogRecord or Metric: *item then points to the redactor's memory,
 * until the next call. */
enum hae_redacted hae_redact(struct hae_redactor *redactor, haetae_signal signal,
                             struct hae_item *item);

#endif
