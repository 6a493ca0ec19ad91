/* SPDX-License-Identifier: Apache-2.0 */
/* Whether this program runs with rights that its caller does not have: setuid, setgid, file
 * capabilities. Then the caller's environment is not to be trusted. */
#ifndef HAETAE_BASE_PRIVILEGE_H
#define HAETAE_BASE_PRIVILEGE_H

#include <stdbool.h>
#include <sys/auxv.h>

static inline bool hae_has_more_rights(void)
{
    return getauxval(AT_SECURE) != 0;
}

#endif
