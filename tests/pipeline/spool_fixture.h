/* SPDX-License-Identifier: Apache-2.0 */
/* An SDK with a spool. The test drives it and its clock; the disk takes real time. Each test
 * has a directory of its own. */
#ifndef HAETAE_TESTS_PIPELINE_SPOOL_FIXTURE_H
#define HAETAE_TESTS_PIPELINE_SPOOL_FIXTURE_H

#include "clock.h"
#include "support/sdk_fixture.h"
#include "support/temporary.h"

enum { AWAY_MS = 6000, LONG_MS = 3000 };

/* For calls that wait for the disk, of which it has a quarter. */
enum { DISK_MS = 600000 };

/* Of the test that runs. */
extern char directory[TEMPORARY_PATH_MAX];

int spool_set_up(void **state);
int spool_tear_down(void **state);

/* Some steps, and what they begin to write. */
void steps(haetae_sdk *sdk);

/* Time passes, with steps. */
void pass(haetae_sdk *sdk, unsigned ms);

/* With a setting more; and with HAETAE_SPOOL_AFTER_MS of five seconds. */
haetae_sdk *start_with(struct fake_exporter *const *fakes, const char *key, const char *value);
haetae_sdk *start(struct fake_exporter *const *fakes);

/* Of log records; `taken` by an exporter. */
uint64_t spooled(haetae_sdk *sdk);
uint64_t recovered(haetae_sdk *sdk);
struct sdk_numbers logs_of(haetae_sdk *sdk);
uint64_t taken(const struct fake_exporter *fake);

/* Records two log records for each request. */
void record(haetae_sdk *sdk, unsigned requests);
void finish(haetae_sdk *sdk, struct fake_exporter *fake);

/* An SDK whose first exporter has the second one as its backup. */
haetae_sdk *start_with_backup(struct fake_exporter *fakes);

#define TEST(name) cmocka_unit_test_setup_teardown(name, spool_set_up, spool_tear_down)

#endif
