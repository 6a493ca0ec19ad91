/* SPDX-License-Identifier: Apache-2.0 */
/* The arguments of a question: "name=value" behind the "?" of its path, decoded, and the members of
 * its body. */
#ifndef HAETAE_VIEW_API_ARGUMENTS_H
#define HAETAE_VIEW_API_ARGUMENTS_H

#include <stdbool.h>

#include "base/buffer.h"

#define HAE_VIEW_ARGUMENTS_MAX 16

struct hae_view_arguments {
    struct hae_buffer text; /* names and values, each ended by NUL */
    size_t names[HAE_VIEW_ARGUMENTS_MAX];
    size_t values[HAE_VIEW_ARGUMENTS_MAX];
    size_t count;
    bool too_many;  /* some were left out */
    bool malformed; /* the body is no object of texts and numbers */
};

/* Copies one. Those that are one too many, or for which there is no memory, are left out. */
void hae_view_arguments_add(struct hae_view_arguments *arguments, const char *name,
                            const char *value);
/* Adds those of a JSON object whose values are texts and numbers, or notes that it is none. */
void hae_view_arguments_add_json(struct hae_view_arguments *arguments, const char *text,
                                 size_t length);
void hae_view_arguments_done(struct hae_view_arguments *arguments);

/* The value of the first one with a name; NULL: there is none, or it is empty. */
const char *hae_view_argument(const struct hae_view_arguments *arguments, const char *name);

#endif
