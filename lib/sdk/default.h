/* SPDX-License-Identifier: Apache-2.0 */
/* The default SDK of the process, for libraries. */
#ifndef HAETAE_SDK_DEFAULT_H
#define HAETAE_SDK_DEFAULT_H

#include "haetae/library.h"

/* In a forked child, from within fork(): frees the lock. Async-signal-safe. */
void hae_default_in_child(void);

/* This SDK is about to be freed: it is not the default any more. */
void hae_default_forget(haetae_sdk *sdk);

#endif
