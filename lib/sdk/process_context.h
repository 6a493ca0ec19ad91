/* SPDX-License-Identifier: Apache-2.0 */
/* The resource, readable by other processes: by profilers, which find it in /proc/<pid>/maps. There
 * is at most one in a process: that of the SDK which published first and still does. Linux only.
 * Specification: OTEP 4719, "Process Context". */
#ifndef HAETAE_SDK_PROCESS_CONTEXT_H
#define HAETAE_SDK_PROCESS_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Publishes a Resource message for `owner`, or another one in the place of the former. False:
 * another owner publishes, or the system does not let us. Async-signal-safe. Only the owner's own
 * thread, or under a lock of its own. */
bool hae_process_context_publish(const void *owner, const uint8_t *resource, size_t size_bytes);

/* In a forked child, which has not inherited what the parent published: forgets it.
 * Async-signal-safe. */
void hae_process_context_in_child(const void *owner);

/* Takes it back, if `owner` publishes. */
void hae_process_context_withdraw(const void *owner);

#endif
