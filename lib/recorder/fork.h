/* SPDX-License-Identifier: Apache-2.0 */
/* A recorder in a forked child.
 *
 * fork() itself only closes the recorder there: it takes no records, its handles lead nowhere,
 * and nothing touches its memory, which may be the parent's. The first call that records
 * something resumes it (resume.h): the region is emptied and becomes the child's own, in a file
 * of its own if the parent's is in one, ids are drawn from a new seed, and then the consumer is
 * started. So a child that only executes another program pays for nothing.
 *
 * Resuming the recorder is async-signal-safe. Starting the consumer is not: from what
 * looks like a signal handler it is left to a later call. */
#ifndef HAETAE_RECORDER_FORK_H
#define HAETAE_RECORDER_FORK_H

/* Adds the hooks of all recorders to the table of base/atfork.h, once. */
void hae_recorders_watch_fork(void);

#endif
