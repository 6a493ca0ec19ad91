/* SPDX-License-Identifier: Apache-2.0 */
/* Runs code one machine instruction at a time, with a signal handler after each. So it tries
 * every place at which a signal may interrupt the code. */
#ifndef HAETAE_TESTS_SUPPORT_CORE_STEP_H
#define HAETAE_TESTS_SUPPORT_CORE_STEP_H

#include <stdbool.h>

/* False where stepping is not possible: on CPUs other than x86-64 and under ThreadSanitizer. */
bool core_can_step(void);

/* Runs body(argument), and at_each(argument, number of the step) after each instruction of
 * it. Returns the number of steps. */
unsigned core_step(void (*body)(void *argument), void (*at_each)(void *argument, unsigned step),
                   void *argument);

#endif
