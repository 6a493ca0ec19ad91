/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of libcurl and of the libraries that compress that fail on demand, in the ways that their
 * manuals have. The linker leads the exporter's calls here (--wrap); calls_of_*.txt have them all.
 */
#ifndef HAETAE_TEST_OTLP_HTTP_FAILING_CALLS_H
#define HAETAE_TEST_OTLP_HTTP_FAILING_CALLS_H

#include <stdbool.h>

/* From now on calls are counted, those that can't fail left out, and of this number on, from
 * 1, `failures` calls fail. 0: none. The calls of all threads count. */
void calls_begin(long number, long failures);

/* The same, counting the calls of one function alone. */
void calls_begin_of(const char *name, long number, long failures);

/* No more fails. */
void calls_heal(void);

/* Whether one has failed since calls_begin(). */
bool calls_have_failed(void);

/* The name of the call that failed first since then; "". */
const char *calls_first_failed(void);

/* Fails the test unless all that was made is freed again, and nothing was freed that wasn't
 * made. */
void calls_assert_balance(void);

/* The names of all functions that can fail, and a NULL behind the last; and how often one was
 * called, and failed, since the program began. */
extern const char *const calls_names[];
unsigned long calls_made(const char *name);
unsigned long calls_failed(const char *name);

#endif
