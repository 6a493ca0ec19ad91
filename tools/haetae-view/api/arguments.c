/* SPDX-License-Identifier: Apache-2.0 */
#include "api/arguments.h"

#include <string.h>

void hae_view_arguments_add(struct hae_view_arguments *arguments, const char *name,
                            const char *value)
{
    if (arguments->count == HAE_VIEW_ARGUMENTS_MAX) {
        return;
    }
    size_t at = arguments->text.length;
    hae_buffer_add(&arguments->text, name, strlen(name) + 1);
    hae_buffer_add(&arguments->text, value, strlen(value) + 1);
    if (!arguments->text.failed) {
        arguments->names[arguments->count] = at;
        arguments->values[arguments->count++] = at + strlen(name) + 1;
    }
}

void hae_view_arguments_done(struct hae_view_arguments *arguments)
{
    hae_buffer_done(&arguments->text);
    arguments->count = 0;
}

const char *hae_view_argument(const struct hae_view_arguments *arguments, const char *name)
{
    for (size_t i = 0; i < arguments->count; i++) {
        const char *value = arguments->text.data + arguments->values[i];
        if (strcmp(arguments->text.data + arguments->names[i], name) == 0) {
            return value[0] != '\0' ? value : NULL;
        }
    }
    return NULL;
}
