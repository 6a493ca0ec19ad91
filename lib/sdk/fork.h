/* SPDX-License-Identifier: Apache-2.0 */
/* SDKs and fork(). recorder/fork.h says what the child finds and what it has to do then;
 * base/atfork.h calls the hooks of each part. */
#ifndef HAETAE_SDK_FORK_H
#define HAETAE_SDK_FORK_H

#include "sdk/sdk_internal.h"

/* Has fork() call the hooks of everything that all SDKs share, from now on. Errors:
 * HAETAE_ENOMEM. */
haetae_status hae_sdk_watch_fork(void);

/* From here on, until sdk->atfork is removed, fork() brings the SDK itself across. */
void hae_sdk_add_to_fork(haetae_sdk *sdk);

/* In a forked child that has recorded something: begins to export, if that was not done
 * yet. `must`: the caller drives the pipeline itself if there is no thread to be had.
 * Errors: HAETAE_ENOMEM, HAETAE_EIO, HAETAE_ETHREAD; what was recorded waits then. */
haetae_status hae_sdk_resume(haetae_sdk *sdk, bool must);

/* In a forked child: forgets what the parent delivers, without beginning anything. */
void hae_sdk_forget_inherited(haetae_sdk *sdk);

#endif
