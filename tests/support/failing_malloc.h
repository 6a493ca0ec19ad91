/* SPDX-License-Identifier: Apache-2.0 */
/* Allocations that fail on demand, those of other libraries too. The program is linked with
 * --wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free,--wrap=strdup,--wrap=strndup. Only the
 * thread of the test is concerned: servers have their memory. */
#ifndef HAETAE_TESTS_SUPPORT_FAILING_MALLOC_H
#define HAETAE_TESTS_SUPPORT_FAILING_MALLOC_H

#include <stdbool.h>

/* From here on allocation `number` fails, from 1, and with `stays` all that come after; 0: none
 * does. */
void failing_arm(long number, bool stays);

/* None fails any more. The test fails when blocks are left of what was allocated since
 * failing_arm(). */
void failing_disarm(void);

/* The number that failing_arm() got last. */
long failing_number(void);

/* How many allocations there were since then. */
long failing_count(void);

/* Calls `body` with 0, then with the number of each allocation that it made, and with 0 at last. It
 * arms and disarms itself, and returns whether nothing went wrong: that has to be so with 0, and
 * not so with many others. */
void failing_sweep(bool stays, bool (*body)(long number, bool stays));

/* Has libcurl allocate here. Returns whether it does. */
bool failing_curl_init(void);

#endif
