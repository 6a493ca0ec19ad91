/* SPDX-License-Identifier: Apache-2.0 */
/* Which scopes an exporter gets: patterns, separated by commas. One that begins with "!" leaves
 * scopes out. A scope is chosen if none of those matches its name, and one of the others does, or
 * there are no others. */
#ifndef HAETAE_PIPELINE_SCOPE_LIST_H
#define HAETAE_PIPELINE_SCOPE_LIST_H

#include <stdbool.h>

#include "haetae/types.h"

bool hae_scope_list_has(const char *list, haetae_string name);

#endif
