/* SPDX-License-Identifier: Apache-2.0 */
/* What programs do that record for a receiver and then say what has become of it. */
#ifndef HAETAE_TESTS_INTEROP_SETTLE_H
#define HAETAE_TESTS_INTEROP_SETTLE_H

#include "haetae/haetae.h"

/* Sleeps. */
void settle_pause_us(long us);

/* Waits until at most `count` spans are held, for a time that a test can wait. */
void settle_wait(haetae_sdk *sdk, uint64_t count);

/* Waits until no span is held, shuts the SDK down, prints its statistics as JSON, and frees it. */
void settle_end(haetae_sdk *sdk);

#endif
