/* SPDX-License-Identifier: Apache-2.0 */
/* A chain of fake exporters: the first, and those that stand in for it. The test drives the SDK
 * and its clock. */
#ifndef HAETAE_TESTS_PIPELINE_CHAIN_FIXTURE_H
#define HAETAE_TESTS_PIPELINE_CHAIN_FIXTURE_H

#include "clock.h"
#include "support/sdk_fixture.h"

enum { INITIAL_MS = 100, MAX_MS = 800, TIMEOUT_MS = 500, LONG_MS = 2 * MAX_MS };

void steps(haetae_sdk *sdk, int count);

/* Time passes, with steps. */
void pass(haetae_sdk *sdk, unsigned ms);

/* Makes an exporter of each fake; the first has the second as its backup, and so on. */
void link_fakes(struct fake_exporter *fakes, size_t count);

/* A configuration with no exporters yet. Requests are made of each item at once. */
haetae_config *chain_config(void);

/* Starts an SDK, of which sdk_diagnostics has the diagnostics; and one with such a chain. */
haetae_sdk *start_config(haetae_config *config);
haetae_sdk *start_chain(struct fake_exporter *fakes, size_t count);

/* Fakes that accept, named first, second, third, fourth. */
void init_fakes(struct fake_exporter *fakes, size_t count);

/* Each exporter was freed once. */
void finish(haetae_sdk *sdk, struct fake_exporter *fakes, size_t count);

/* Records an item, and has it made a request and sent. */
void send_one(haetae_sdk *sdk);

/* Nothing is held, so no queue counts anything as waiting or in flight. */
void all_queues_are_empty(haetae_sdk *sdk);

/* How many log records an exporter has accepted. */
uint64_t taken(const struct fake_exporter *fake);

/* Behaves as a receiver that answers with Retry-After. */
void ask_for_a_pause(struct fake_exporter *fake, haetae_delivery *delivery);

#endif
