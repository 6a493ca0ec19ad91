/* SPDX-License-Identifier: Apache-2.0 */
#include "haetae/version.h"

const char *haetae_version(void)
{
    return HAETAE_VERSION;
}

unsigned haetae_abi_version(void)
{
    return HAETAE_ABI_VERSION;
}
