/* SPDX-License-Identifier: Apache-2.0 */
/* SDKs and fork(): all of them together are brought across it. What the child finds, and
 * what it has to do then, is told in recorder/fork.h. */
#ifndef HAE_SDK_FORK_H
#define HAE_SDK_FORK_H

#include "sdk/sdk_internal.h"

/* Has fork() call us from now on. Errors: HAETAE_ENOMEM. */
haetae_status hae_fork_watch(void);

/* From here on, until it leaves, fork() looks after the SDK. */
void hae_fork_join(haetae_sdk *sdk);
void hae_fork_leave(haetae_sdk *sdk);

/* In a forked child that has recorded something: begins to export, if that was not done
 * yet. `must`: the caller drives the pipeline itself if there is no thread to be had.
 * Errors: HAETAE_ENOMEM, HAETAE_EIO, HAETAE_ETHREAD; what was recorded waits then. */
haetae_status hae_sdk_resume(haetae_sdk *sdk, bool must);

/* In a forked child: forgets what the parent delivers, without beginning anything. */
void hae_sdk_forget_inherited(haetae_sdk *sdk);

#endif
