/* SPDX-License-Identifier: Apache-2.0 */
/* Runs code one machine instruction at a time, with a signal handler after each: all
 * places at which a signal may interrupt it are tried, one after the other. */
#ifndef HAETAE_TESTS_SUPPORT_CORE_STEP_H
#define HAETAE_TESTS_SUPPORT_CORE_STEP_H

#include <stdbool.h>

/* False where stepping is not possible: another CPU than x86-64, the thread sanitizer. */
bool core_can_step(void);

/* Runs body(argument), and after each of its instructions at_each(argument, number of
 * the step). Returns how many there were. */
unsigned core_step(void (*body)(void *argument), void (*at_each)(void *argument, unsigned step),
                   void *argument);

#endif
