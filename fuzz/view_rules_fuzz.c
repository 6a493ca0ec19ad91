/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of haetae-view: any text becomes rules that hold what docs/alerts.md promises, or is
 * refused with lines that say why. What was read is also said as text, and as rules of Prometheus.
 * Input: the text of a file. */
#include <math.h>
#include <string.h>

#include "alert/prometheus.h"
#include "alert/rule_text.h"
#include "base/utf8.h"
#include "support/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECOND_NS INT64_C(1000000000)
#define DAY_NS    (86400 * SECOND_NS)

/* Lines without control characters, which are valid UTF-8. */
static void check_text(const struct hae_buffer *text)
{
    FUZZ_CHECK(!text->failed, "memory");
    FUZZ_CHECK(hae_utf8_valid((const uint8_t *)text->data, text->length), "%s", text->data);
    for (size_t i = 0; i < text->length; i++) {
        unsigned char c = (unsigned char)text->data[i];
        FUZZ_CHECK(c == '\n' || (c >= 0x20 && c != 0x7F), "byte %u in %s", c, text->data);
    }
}

static void check_labels(const struct hae_view_labels *labels)
{
    FUZZ_CHECK(labels->count <= HAE_VIEW_LABELS_MAX, "%zu labels", labels->count);
    for (size_t i = 0; i < labels->count; i++) {
        FUZZ_CHECK(hae_view_labels_find(labels, labels->items[i].name) == labels->items[i].value,
                   "a label is there twice");
    }
}

static void check_rule(const struct hae_view_rule *rule)
{
    FUZZ_CHECK(rule->name != NULL && strlen(rule->name) <= 128, "name");
    FUZZ_CHECK(rule->severity != NULL, "severity");
    FUZZ_CHECK(rule->for_ns >= 0 && rule->for_ns <= 7 * DAY_NS, "for");
    FUZZ_CHECK(rule->keep_firing_ns >= 0 && rule->keep_firing_ns <= 7 * DAY_NS, "keep_firing_for");
    FUZZ_CHECK(rule->window_ns >= SECOND_NS && rule->window_ns <= 7 * DAY_NS, "window");
    FUZZ_CHECK(isfinite(rule->threshold) && isfinite(rule->resolve) && rule->min_count >= 0,
               "thresholds");
    FUZZ_CHECK(rule->below ? rule->resolve >= rule->threshold : rule->resolve <= rule->threshold,
               "%g is over at %g", rule->threshold, rule->resolve);
    check_labels(&rule->labels);
    check_labels(&rule->attributes);
    struct hae_buffer text = HAE_BUFFER_INIT;
    hae_view_rule_text(rule, &text);
    check_text(&text);
    FUZZ_CHECK(memchr(text.data, '\n', text.length) == NULL, "%s", text.data);
    hae_buffer_done(&text);
}

static void check_rules(const struct hae_view_rules *rules)
{
    FUZZ_CHECK(rules->count > 0 && rules->count <= HAE_VIEW_RULES_MAX, "%zu rules", rules->count);
    FUZZ_CHECK(rules->every_ns >= SECOND_NS && rules->every_ns <= 3600 * SECOND_NS, "every");
    check_labels(&rules->labels);
    for (size_t i = 0; i < rules->count; i++) {
        check_rule(&rules->items[i]);
    }
    struct hae_buffer text = HAE_BUFFER_INIT;
    hae_view_rules_prometheus(rules, &text);
    check_text(&text);
    hae_buffer_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hae_buffer problems = HAE_BUFFER_INIT;
    struct hae_view_rules *rules =
        hae_view_rules_read((const char *)data, size, "f.yaml", &problems);
    if (rules != NULL) {
        FUZZ_CHECK(problems.length == 0, "%s", problems.data);
        check_rules(rules);
    } else {
        FUZZ_CHECK(problems.length > 0 && problems.data[problems.length - 1] == '\n', "no reason");
        check_text(&problems);
    }
    hae_view_rules_free(rules);
    hae_buffer_done(&problems);
    return 0;
}
