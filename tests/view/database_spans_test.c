/* SPDX-License-Identifier: Apache-2.0 */
/* Spans are kept once, with all that belongs to them, and rolled up. */
#include "database_fixture.h"

/* How many of those that waited were new. */
static size_t write_all(struct hae_view_database *database)
{
    size_t count;
    size_t written = 0;
    const enum hae_view_write *outcomes = hae_view_database_write_spans(database, &count);
    for (size_t i = 0; i < count; i++) {
        assert_int_not_equal(outcomes[i], HAE_VIEW_WRITE_FAILED);
        written += outcomes[i] == HAE_VIEW_WRITTEN ? 1 : 0;
    }
    return written;
}

/* Spans, each with an event and a link, and together as far as that goes. Returns how many were
 * new. */
static size_t add_failed_spans(struct hae_view_database *database, uint32_t first, uint32_t step,
                               uint32_t count)
{
    struct hae_view_event_row event = {EPOCH_NS, text_of("e"), no_text};
    struct hae_view_link_row link = {.attributes = no_text};
    struct hae_view_origin origin = begin(database, "s", 0);
    size_t written = 0;
    for (uint32_t i = 0; i < count; i++) {
        /* The same span id in another trace is another span. */
        uint32_t number = first + i * step;
        struct hae_view_span_row row = a_span(1 + number % 2, 1 + number / 2);
        row.status = HAE_VIEW_STATUS_ERROR;
        row.error = text_of("work");
        hae_view_database_span(database, &origin, &row);
        hae_view_database_event(database, &event);
        hae_view_database_link(database, &link);
        written += hae_view_database_spans_are_full(database) ? write_all(database) : 0;
    }
    written += write_all(database);
    keep(database);
    return written;
}

static void a_span_that_comes_twice_is_kept_once(void **state)
{
    (void)state;
    struct hae_view_database *database = open_in_memory();
    assert_int_equal(add_failed_spans(database, 0, 1, 1000), 1000);
    assert_int_equal(add_failed_spans(database, 0, 1, 1000), 0);
    /* Every other one of those that are written together is new. */
    assert_int_equal(add_failed_spans(database, 500, 2, 500), 250);
    /* It comes twice at once. */
    assert_int_equal(add_failed_spans(database, 2000, 0, 50), 1);
    const int64_t all = 1251;
    assert_int_equal(ask(database, "SELECT count(*) FROM span"), all);
    assert_int_equal(ask(database, "SELECT max(id) FROM span"), all);
    assert_int_equal(ask(database, "SELECT count(*) FROM span WHERE error IS NOT NULL"), all);
    assert_int_equal(ask(database, "SELECT count(DISTINCT span) FROM event"), all);
    assert_int_equal(ask(database, "SELECT count(*) FROM event JOIN span ON span.id = span"), all);
    assert_int_equal(ask(database, "SELECT count(*) FROM link JOIN span ON span.id = span"), all);
    assert_int_equal(ask(database, "SELECT count(*) FROM event"), all);
    assert_int_equal(ask(database, "SELECT count(*) FROM link"), all);
    assert_int_equal(ask(database, "SELECT sum(requests) FROM rollup"), all);
    assert_int_equal(ask(database, "SELECT count FROM error_group"), all);
    hae_view_database_close(database);
}

/* Texts of spans that wait move when more come. */
static void spans_that_are_written_together_keep_their_own_texts(void **state)
{
    (void)state;
    struct hae_view_database *database = open_in_memory();
    struct hae_view_origin origin = begin(database, "s", 0);
    char *attributes = malloc(100000);
    assert_non_null(attributes);
    for (uint32_t i = 0; i < 100; i++) {
        char message[32];
        struct hae_view_span_row row = a_span(1, i + 1);
        snprintf(message, sizeof message, "m%u", i + 1);
        memset(attributes, 'a' + (int)(i % 26), i * 1000);
        row.message = text_of(message);
        row.attributes = (struct hae_view_text){attributes, i * 1000};
        row.trace_state = i % 2 == 0 ? text_of("t=1") : no_text;
        hae_view_database_span(database, &origin, &row);
        if (hae_view_database_spans_are_full(database)) {
            (void)write_all(database);
        }
    }
    free(attributes);
    keep(database);
    assert_int_equal(ask(database, "SELECT count(*) FROM span WHERE message = 'm' || id"), 100);
    assert_int_equal(ask(database, "SELECT count(*) FROM span WHERE id > 1 AND length(attributes) ="
                                   " (id - 1) * 1000 AND substr(attributes, 1, 1) ="
                                   " char(97 + (id - 1) % 26)"),
                     99);
    assert_int_equal(ask(database, "SELECT count(*) FROM span WHERE trace_state IS NULL"), 50);
    hae_view_database_close(database);
}

static void spans_without_ids_are_no_duplicates(void **state)
{
    (void)state;
    struct hae_view_database *database = open_in_memory();
    struct hae_view_origin origin = begin(database, "s", 0);
    struct hae_view_span_row row = a_span(0, 0);
    row.valid_ids = false;
    assert_int_equal(write_span(database, &origin, &row), HAE_VIEW_WRITTEN);
    assert_int_equal(write_span(database, &origin, &row), HAE_VIEW_WRITTEN);
    keep(database);
    assert_int_equal(ask(database, "SELECT count(*) FROM span WHERE trace_id IS NULL"), 2);
    hae_view_database_close(database);
}

static void times_beyond_all_reason_are_kept_as_the_latest_there_is(void **state)
{
    (void)state;
    struct hae_view_database *database = open_in_memory();
    struct hae_view_origin origin = begin(database, "s", 0);
    struct hae_view_span_row row = a_span(1, 1);
    row.start_ns = UINT64_MAX - 1;
    row.end_ns = UINT64_MAX;
    assert_int_equal(write_span(database, &origin, &row), HAE_VIEW_WRITTEN);
    row = a_span(1, 2);
    row.start_ns = 0;
    row.end_ns = UINT64_MAX;
    assert_int_equal(write_span(database, &origin, &row), HAE_VIEW_WRITTEN);
    keep(database);
    assert_int_equal(ask(database, "SELECT max(start_ns) FROM span"), INT64_MAX);
    assert_int_equal(ask(database, "SELECT max(duration_ns) FROM span"), INT64_MAX);
    assert_int_equal(ask(database, "SELECT max(duration_max) FROM rollup"), INT64_MAX);
    hae_view_database_close(database);
}

static void requests_and_calls_are_rolled_up_by_ten_seconds(void **state)
{
    (void)state;
    struct hae_view_database *database = open_in_memory();
    for (uint32_t i = 0; i < 100; i++) {
        struct hae_view_origin origin = begin(database, "s", 0);
        struct hae_view_span_row row = a_span(1, i + 1);
        row.start_ns += i / 50 * 10 * S;
        row.end_ns = row.start_ns + (i + 1) * MS;
        row.status = i % 10 == 0 ? HAE_VIEW_STATUS_ERROR : 0;
        assert_int_equal(write_span(database, &origin, &row), HAE_VIEW_WRITTEN);
        row = a_span(2, i + 1);
        row.parent_id[0] = 1;
        row.kind = i % 2 == 0 ? HAE_VIEW_KIND_CLIENT : 1; /* what is internal is not counted */
        assert_int_equal(write_span(database, &origin, &row), HAE_VIEW_WRITTEN);
        keep(database);
    }
    assert_int_equal(ask(database, "SELECT count(*) FROM rollup JOIN op ON op.id = rollup.op"
                                   " WHERE op.entry"),
                     2);
    assert_int_equal(ask(database, "SELECT sum(requests) FROM rollup JOIN op ON op.id = rollup.op"
                                   " WHERE op.kind = 3"),
                     50);
    assert_int_equal(ask(database, "SELECT sum(errors) FROM rollup"), 10);
    assert_int_equal(ask(database, "SELECT max(duration_max) FROM rollup"), 100 * MS);
    int64_t median = ask(database, "SELECT histogram_quantile(sum_histograms(histogram),"
                                   " max(duration_max), 0.5) FROM rollup JOIN op ON op.id ="
                                   " rollup.op WHERE op.entry");
    assert_true(median > 49 * (int64_t)MS && median < 51 * (int64_t)MS);
    hae_view_database_close(database);
}

/* More operations and seconds in one request than are summed up in memory. */
static void a_request_with_many_operations_is_rolled_up_whole(void **state)
{
    (void)state;
    struct hae_view_database *database = open_in_memory();
    struct hae_view_origin origin = begin(database, "s", 0);
    for (uint32_t i = 0; i < 5000; i++) {
        struct hae_view_span_row row = a_span(1, i + 1);
        row.start_ns += i % 1000 * 10 * S;
        row.end_ns = row.start_ns;
        assert_int_equal(write_span(database, &origin, &row), HAE_VIEW_WRITTEN);
    }
    keep(database);
    assert_int_equal(ask(database, "SELECT count(*) FROM rollup"), 1000);
    assert_int_equal(ask(database, "SELECT sum(requests) FROM rollup"), 5000);
    assert_int_equal(ask(database, "SELECT min(requests) FROM rollup"), 5);
    hae_view_database_close(database);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_that_comes_twice_is_kept_once),
        cmocka_unit_test(spans_that_are_written_together_keep_their_own_texts),
        cmocka_unit_test(spans_without_ids_are_no_duplicates),
        cmocka_unit_test(times_beyond_all_reason_are_kept_as_the_latest_there_is),
        cmocka_unit_test(requests_and_calls_are_rolled_up_by_ten_seconds),
        cmocka_unit_test(a_request_with_many_operations_is_rolled_up_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
