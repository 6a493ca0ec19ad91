/* SPDX-License-Identifier: Apache-2.0 */
/* Tracestates by number, so that a span context, which is copied freely and whose size never
 * changes, can lead to one. There is one store for the process. It is a ring: the newest are
 * kept, and the number of one that was overwritten leads to nothing.
 * Any thread and any signal handler may use it; nothing waits. */
#ifndef HAETAE_CONTEXT_TRACE_STATE_STORE_H
#define HAETAE_CONTEXT_TRACE_STATE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many bits a number has, at most. */
enum { HAE_TRACE_STATE_NUMBER_BITS = 48 };

/* Stores a text of 1 to HAETAE_TRACE_STATE_MAX bytes, and returns its number. 0: others stored too
 * many at this moment. */
uint64_t hae_trace_state_store(const char *text, size_t length);

/* Copies a text to `buffer`, which has room for HAETAE_TRACE_STATE_MAX bytes, and returns its
 * length. 0: it is not there any more, or the number never was one. */
size_t hae_trace_state_load(uint64_t number, char *buffer);

/* Whether the text is still there. */
bool hae_trace_state_is_kept(uint64_t number);

#endif
