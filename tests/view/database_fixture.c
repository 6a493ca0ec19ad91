/* SPDX-License-Identifier: Apache-2.0 */
#include "database_fixture.h"
#include "ask.h"

#include "store/intern.h"

struct hae_view_database *open_with(struct hae_view_database_options options)
{
    char problem[160];
    options.size_bytes = options.size_bytes != 0 ? options.size_bytes : 64 * MIB;
    options.series_max = options.series_max != 0 ? options.series_max : 100;
    struct hae_view_database *database = hae_view_database_open(&options, problem, sizeof problem);
    if (database == NULL) {
        fail_msg("%s", problem);
    }
    return database;
}

struct hae_view_database *open_in_memory(void)
{
    return open_with((struct hae_view_database_options){.path = NULL});
}

int64_t ask(struct hae_view_database *database, const char *query)
{
    return ask_database(database, query);
}

struct hae_view_origin begin(struct hae_view_database *database, const char *service,
                             uint64_t second)
{
    struct hae_view_origin origin = {.resource = 0};
    struct hae_view_arrival arrival = {(1000 + second) * S, EPOCH_NS + second * S};
    struct hae_view_resource_row resource = {text_of(service), no_text, no_text, text_of("{}")};
    struct hae_view_scope_row scope = {text_of("lib"), no_text, no_text};
    hae_view_database_begin(database, arrival);
    assert_true(hae_view_database_resource(database, &resource, &origin));
    assert_true(hae_view_database_scope(database, &scope, &origin));
    return origin;
}

void keep(struct hae_view_database *database)
{
    assert_int_equal(hae_view_database_end(database, true), HAE_VIEW_DATABASE_KEPT);
}

struct hae_view_span_row a_span(uint32_t trace, uint32_t id)
{
    struct hae_view_span_row row = {
        .valid_ids = true,
        .kind = HAE_VIEW_KIND_SERVER,
        .start_ns = EPOCH_NS,
        .end_ns = EPOCH_NS + 5 * MS,
        .name = text_of("work"),
    };
    memcpy(row.trace_id, &trace, sizeof trace);
    memcpy(row.span_id, &id, sizeof id);
    return row;
}

enum hae_view_write write_span(struct hae_view_database *database,
                               const struct hae_view_origin *origin,
                               const struct hae_view_span_row *row)
{
    size_t count;
    hae_view_database_span(database, origin, row);
    const enum hae_view_write *outcomes = hae_view_database_write_spans(database, &count);
    assert_true(count > 0);
    return outcomes[count - 1];
}

void add_spans(struct hae_view_database *database, const struct hae_view_origin *origin,
               uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        struct hae_view_span_row row = a_span(1 + i / 10, i);
        assert_int_equal(write_span(database, origin, &row), HAE_VIEW_WRITTEN);
    }
}
