/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of views: one provider, its views, and what it warns of. */
#ifndef HAETAE_TESTS_METRICS_VIEW_FIXTURE_H
#define HAETAE_TESTS_METRICS_VIEW_FIXTURE_H

#include "base/diagnostics.h"
#include "metrics/fixture.h"
#include "metrics/view.h"

enum { WARNINGS_BYTES = 4096 };

extern struct fixture f;
extern struct collection all;
extern char warnings[WARNINGS_BYTES]; /* one in each line */
extern int warning_count;

/* Sets up `f` with a provider whose warnings are kept. */
void begin(void);
void end(void);
/* The same when `all` was collected. */
void end_collected(void);
/* A view for the instruments of a name. */
haetae_view_options for_name(const char *name);
/* Adds it to the provider's. */
void add(const haetae_view_options *options);
/* Has views put together. */
void compose(void);
/* Collects into `all`. */
void collect_all(void);
/* A counter with a description. */
haetae_counter *described(const char *name, const char *description);
void add_requests(haetae_counter *counter);

#endif
