/* SPDX-License-Identifier: Apache-2.0 */
/* Ends the process when a condition does not hold. cmocka's assertions work in the thread of the
 * test only, and reports are checked in other threads as well. */
#ifndef HAETAE_TESTS_EXACT_REQUIRE_H
#define HAETAE_TESTS_EXACT_REQUIRE_H

#include <stdio.h>
#include <stdlib.h>

#define exact_require(holds)                                                                       \
    ((holds)                                                                                       \
         ? (void)0                                                                                 \
         : ((void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #holds), abort()))

#endif
