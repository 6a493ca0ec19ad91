/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/rules.h"

#include <stdio.h>
#include <string.h>

#include "alert/prometheus.h"
#include "alert/rule_text.h"

static void list(const struct hae_view_rules *rules, struct hae_buffer *out)
{
    for (size_t i = 0; i < rules->count; i++) {
        hae_buffer_format(out, "%s: ", rules->items[i].name);
        hae_view_rule_text(&rules->items[i], out);
        hae_buffer_char(out, '\n');
    }
}

int hae_view_command_rules(int count, char **arguments)
{
    bool prometheus = count == 2 && strcmp(arguments[0], "--prometheus") == 0;
    if (count < 1 || count > 2 || (count == 2 && !prometheus) || arguments[count - 1][0] == '-') {
        fputs("Usage: haetae-view rules [--prometheus] FILE\n"
              "Says what the rules in FILE are, or prints them as rules of Prometheus.\n",
              stderr);
        return 2;
    }
    struct hae_buffer text = HAE_BUFFER_INIT;
    struct hae_view_rules *rules = hae_view_rules_load(arguments[count - 1], &text);
    if (rules == NULL) {
        fputs(text.data != NULL ? text.data : "haetae-view: out of memory\n", stderr);
        hae_buffer_done(&text);
        return 2;
    }
    if (prometheus) {
        hae_view_rules_prometheus(rules, &text);
    } else {
        list(rules, &text);
    }
    bool good = !text.failed && fputs(text.data, stdout) >= 0 && fflush(stdout) == 0;
    hae_view_rules_free(rules);
    hae_buffer_done(&text);
    return good ? 0 : 1;
}
