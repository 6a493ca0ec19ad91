/* SPDX-License-Identifier: Apache-2.0 */
/* The context of each thread as profilers in other processes read it: a pointer of the thread's
 * own, found by its name among the dynamic symbols, to the span that is current. What it points to
 * is the first part of the thread's context itself (struct hae_current), so an attach publishes it
 * without doing more than it does anyway: it clears `valid`, writes, and sets it again. A reader
 * looks at a thread that is stopped. sdk/process_context.h says to readers that the record is
 * there. Specification: OTEP 4947, "Thread Context". */
#ifndef HAETAE_CONTEXT_THREAD_RECORD_H
#define HAETAE_CONTEXT_THREAD_RECORD_H

/* The version of the record's layout, as readers know it. */
#define HAE_THREAD_RECORD_SCHEMA "tls_v1"

struct hae_current;

/* Once for each thread: has the pointer lead to its context. */
void hae_thread_record_show(const struct hae_current *current);

#endif
