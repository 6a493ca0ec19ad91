/* SPDX-License-Identifier: Apache-2.0 */
/* The first record of a forked child: it makes the recorder the child's own. See fork.h. */
#ifndef HAETAE_RECORDER_RESUME_H
#define HAETAE_RECORDER_RESUME_H

#include "recorder/state.h"

/* The rare part of hae_admits(): true when this is a forked child's first record, and the
 * recorder has been made its own now. */
bool hae_recorder_resume(struct hae_recorder *recorder);

/* The same for a call that records nothing: the child's file gets its name with the first record,
 * in hae_thread_attach(). Without one it goes with the child. */
bool hae_recorder_resume_unnamed(struct hae_recorder *recorder);

#endif
