/* SPDX-License-Identifier: Apache-2.0 */
/* Databases, and requests that are written into them by hand. */
#ifndef HAETAE_TESTS_VIEW_DATABASE_FIXTURE_H
#define HAETAE_TESTS_VIEW_DATABASE_FIXTURE_H

#include "store/database.h"
#include "store/spans.h"
#include "view_test.h"

#define MIB ((uint64_t)1 << 20)

static const struct hae_view_text no_text = {NULL, 0};

/* The test fails when it cannot be opened. Of 64 MiB and 100 series, unless options say otherwise.
 */
struct hae_view_database *open_with(struct hae_view_database_options options);
struct hae_view_database *open_in_memory(void);

/* The one number that a query gives. */
int64_t ask(struct hae_view_database *database, const char *query);

/* A request of a service begins `second` seconds after the start, and is kept. */
struct hae_view_origin begin(struct hae_view_database *database, const char *service,
                             uint64_t second);
void keep(struct hae_view_database *database);

/* A span of 5 ms whose ids are made of two numbers. */
struct hae_view_span_row a_span(uint32_t trace, uint32_t id);

/* Writes a span at once, after those that wait. */
enum hae_view_write write_span(struct hae_view_database *database,
                               const struct hae_view_origin *origin,
                               const struct hae_view_span_row *row);

/* Spans with the numbers from `first` on, ten to a trace. All have to be new. */
void add_spans(struct hae_view_database *database, const struct hae_view_origin *origin,
               uint32_t first, uint32_t count);

#endif
