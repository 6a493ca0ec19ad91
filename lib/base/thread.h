/* SPDX-License-Identifier: Apache-2.0 */
/* The library's own threads. */
#ifndef HAETAE_BASE_THREAD_H
#define HAETAE_BASE_THREAD_H

#include <pthread.h>

#include "haetae/status.h"

/* The stack of such a thread, whatever RLIMIT_STACK says: what the exporters need, TLS included,
 * several times over. It is address space; what is used of it is memory. */
enum { HAE_THREAD_STACK_BYTES = 1024 * 1024 };

/* Starts a thread with all signals blocked, so that none of the host's is handled in it.
 * Ownership: the caller joins or detaches it. Errors: HAETAE_ETHREAD. */
haetae_status hae_thread_start(pthread_t *ret_thread, void *(*run)(void *), void *argument);

#endif
