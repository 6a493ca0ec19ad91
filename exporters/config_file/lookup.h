/* SPDX-License-Identifier: Apache-2.0 */
/* Variables of the environment that a file refers to. */
#ifndef HAETAE_CONFIG_FILE_LOOKUP_H
#define HAETAE_CONFIG_FILE_LOOKUP_H

#include "haetae/types.h"

/* NULL: it is not set, or this program has more rights than its caller. */
const char *hae_env_lookup(haetae_string name);

#endif
