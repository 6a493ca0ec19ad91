/* SPDX-License-Identifier: Apache-2.0 */
#include "faults.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/printable.h"

enum { LINE_BYTES = 720 };

static void add(struct hae_faults *faults, haetae_status status, const char *line)
{
    char shown[LINE_BYTES];
    size_t length;

    hae_escape(shown, sizeof shown, line, strlen(line));
    length = strlen(shown);
    if (faults->status == HAETAE_OK) {
        faults->status = status;
    }
    faults->count++;
    if (faults->length + length + 2 > sizeof faults->text) {
        faults->left_out_count++;
        return;
    }
    memcpy(faults->text + faults->length, shown, length);
    faults->length += length;
    faults->text[faults->length++] = '\n';
    faults->text[faults->length] = '\0';
}

void hae_fault_at_line(struct hae_faults *faults, haetae_status status, size_t line,
                       const char *format, ...)
{
    char text[LINE_BYTES];
    va_list arguments;
    int used;

    if (line != 0) {
        used = snprintf(text, sizeof text, "%.200s:%zu: ", faults->name, line);
    } else {
        used = snprintf(text, sizeof text, "%.200s: ", faults->name);
    }
    va_start(arguments, format);
    vsnprintf(text + used, sizeof text - (size_t)used, format, arguments);
    va_end(arguments);
    add(faults, status, text);
}

void hae_fault(struct hae_faults *faults, haetae_status status,
               const struct haetae_config_node *node, const char *format, ...)
{
    char path[HAE_NODE_PATH_BYTES];
    char text[300];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    hae_node_path(node, path);
    hae_fault_at_line(faults, status, node->line, "%s%s%s", path, path[0] != '\0' ? ": " : "",
                      text);
}

haetae_status hae_faults_report(const struct hae_faults *faults, haetae_config *config)
{
    const char *at = faults->text;
    char line[LINE_BYTES];

    while (*at != '\0') {
        size_t length = strcspn(at, "\n");

        snprintf(line, sizeof line, "%.*s", (int)length, at);
        haetae_config_add_error(config, NULL, line);
        at += length + 1;
    }
    if (faults->left_out_count != 0) {
        snprintf(line, sizeof line, "%.200s: (and %zu more)", faults->name, faults->left_out_count);
        haetae_config_add_error(config, NULL, line);
    }
    return faults->status;
}

void hae_warn(const struct hae_faults *faults, haetae_config *config,
              const struct haetae_config_node *node, const char *what)
{
    char path[HAE_NODE_PATH_BYTES];
    char line[LINE_BYTES];

    hae_node_path(node, path);
    snprintf(line, sizeof line, "%.200s:%u: %s: %s", faults->name, (unsigned)node->line, path,
             what);
    haetae_config_add_warning(config, line);
}
