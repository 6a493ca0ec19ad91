/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that nobody shall find in memory afterwards. */
#ifndef HAETAE_PROMETHEUS_SECRET_H
#define HAETAE_PROMETHEUS_SECRET_H

#include <string.h>

#include "base/alloc.h"

/* Overwrites and frees a text, or NULL, which is NULL then. */
static inline void hae_prom_forget(char **text)
{
    if (*text != NULL) {
        explicit_bzero(*text, strlen(*text));
        hae_free(*text);
        *text = NULL;
    }
}

#endif
