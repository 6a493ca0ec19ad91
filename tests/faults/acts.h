/* SPDX-License-Identifier: Apache-2.0 */
/* What most scenarios begin and end with. */
#ifndef HAETAE_TESTS_FAULTS_ACTS_H
#define HAETAE_TESTS_FAULTS_ACTS_H

#include "faults/scene.h"

/* How long a fault lasts, which is so long in earnest. */
unsigned act_ms(unsigned full_ms);

/* A receiver and a program, with some load behind them. */
void act_begin(struct scene *scene, const char *name, unsigned options);

/* The fault has been noticed: spans are tried again so many times. */
void act_await_retries(struct scene *scene, unsigned count);

/* The fault is over: after some more load the program rests, has sent all, and ends. */
void act_rest(struct scene *scene);
/* The same, and the accounts; `delivered` as for scene_account(). */
void act_end(struct scene *scene, bool delivered);

#endif
