/* SPDX-License-Identifier: Apache-2.0 */
#include "lookup.h"

#include <unistd.h>

#include "base/privilege.h"

const char *hae_env_lookup(haetae_string name)
{
    for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
        if (strncmp(*variable, name.data, name.length) == 0 && (*variable)[name.length] == '=') {
            return hae_has_more_rights() ? NULL : *variable + name.length + 1;
        }
    }
    return NULL;
}
