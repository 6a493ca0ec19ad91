/* SPDX-License-Identifier: Apache-2.0 */
#include "view_test.h"

#include <math.h>

#include "show/table.h"
#include "show/terminal.h"
#include "show/totals.h"
#include "util/figures.h"
#include "util/text.h"

/* A store with several services, traces, errors and metrics, and long names. */
static struct hae_view_store *busy_store(void)
{
    static const char *const services[] = {
        "dispatch", "\xeb\xb0\xb0\xec\xb0\xa8-\xec\x84\x9c\xeb\xb9\x84\xec\x8a\xa4",
        "a-service-with-quite-a-long-name-that-goes-on-and-on"};
    struct hae_view_store *store = make_store(100);
    char attributes[120];
    for (uint32_t i = 1; i <= 60; i++) {
        struct hae_view_origin origin = begin_request(store, services[i % 3], 0);
        for (uint32_t id = 1; id <= 20; id++) {
            struct hae_view_span_row span = make_span(i, id, (i * 20 + 21 - id) * MS);
            span.name =
                text_of(i % 2 == 0 ? "GET /a/path/that/takes/more/than/its/share/of/the/line"
                                   : "\xed\x95\xb4\xed\x83\x9c");
            if (id > 1) {
                set_parent(&span, id / 2);
            }
            if (id % 7 == 0) {
                set_failed(&span,
                           "the map service did not answer within its time limit of one second");
            }
            hae_view_store_span(store, &origin, &span);
        }
        struct hae_view_metric_row metric = {
            .kind = i % 2 == 0 ? HAE_VIEW_HISTOGRAM : HAE_VIEW_COUNTER,
            .temporality = HAE_VIEW_CUMULATIVE,
            .name = text_of(i % 4 < 2 ? "http.server.request.duration" : "rides"),
            .unit = text_of("s"),
        };
        struct hae_view_point_row point = {
            .start_ns = 1,
            .time_ns = EPOCH_NS,
            .figures = {.count = i, .sum = i, .value = i, .p50 = NAN, .max = 1e9},
        };
        snprintf(
            attributes, sizeof attributes,
            "{\"http.request.method\":\"GET\",\"http.route\":\"/a/long/route/with/many/parts\","
            "\"n\":%u}",
            i);
        hae_view_store_metric(store, &origin, &metric);
        hae_view_store_point(store, &origin, text_of(attributes), &point);
        end_request(store);
    }
    hae_view_store_refusal(store, 415, "not supported", false);
    return store;
}

static void take(struct hae_view_store *store, struct hae_view_summary *summary)
{
    struct hae_view_summary_options options = {.now_ns = 1001 * S,
                                               .now_unix_ns = EPOCH_NS,
                                               .recent = true,
                                               .traces = 5,
                                               .errors = 20,
                                               .series = 100,
                                               .series_per_metric = 5};
    assert_true(hae_view_summary_take(store, &options, summary));
}

static void write(const struct hae_view_summary *summary, size_t width, bool colour,
                  struct hae_buffer *out)
{
    struct hae_view_terminal terminal = {.width = width,
                                         .colour = colour,
                                         .address = "127.0.0.1:4318",
                                         .unix_ns = EPOCH_NS,
                                         .up_ns = S};
    hae_view_terminal_write(&terminal, summary, out);
    assert_false(out->failed);
}

/* The longest line, in columns, and the number of lines. Ends lines with NUL. */
static size_t measure(struct hae_buffer *out, size_t *ret_lines)
{
    size_t widest = 0;
    *ret_lines = 0;
    for (char *line = out->data; *line != '\0';) {
        char *end = strchr(line, '\n');
        assert_non_null(end);
        *end = '\0';
        size_t width = hae_view_text_width(line);
        widest = width > widest ? width : widest;
        assert_true(end == line || end[-1] != ' ');
        line = end + 1;
        (*ret_lines)++;
    }
    return widest;
}

static void every_width_is_kept_to(void **state)
{
    (void)state;
    struct hae_view_store *store = busy_store();
    struct hae_view_summary summary;
    take(store, &summary);
    for (size_t width = 40; width <= 200; width += 23) {
        struct hae_buffer out = HAE_BUFFER_INIT;
        size_t lines;
        write(&summary, width, false, &out);
        assert_true(measure(&out, &lines) <= width);
        hae_buffer_done(&out);
    }
    hae_view_summary_done(&summary);
    hae_view_store_free(store);
}

static void a_summary_has_all_four_sections(void **state)
{
    (void)state;
    struct hae_view_store *store = busy_store();
    struct hae_view_summary summary;
    struct hae_buffer out = HAE_BUFFER_INIT;
    take(store, &summary);
    write(&summary, 80, false, &out);
    const char *const headings[] = {"\nSERVICES ", "\nLATEST ERRORS ", "\nSLOWEST TRACES ",
                                    "\nMETRICS ", "refused request"};
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++) {
        assert_non_null(strstr(out.data, headings[i]));
    }
    hae_buffer_done(&out);
    hae_view_summary_done(&summary);
    hae_view_store_free(store);
}

/* A service without requests whose calls fail. */
static void failed_calls_are_in_the_summary(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10);
    struct hae_view_summary summary;
    struct hae_buffer out = HAE_BUFFER_INIT;
    struct hae_view_span_row call = make_span(1, 1, MS);
    set_parent(&call, 9);
    call.kind = HAE_VIEW_KIND_CLIENT;
    set_failed(&call, "refused");
    add_span(store, "caller", 0, &call);
    take(store, &summary);
    write(&summary, 80, false, &out);
    assert_non_null(strstr(out.data, "CALLS  FAILED"));
    assert_non_null(strstr(out.data, "    1    100%"));
    hae_buffer_done(&out);
    hae_view_summary_done(&summary);
    hae_view_store_free(store);
}

static void trace_ids_of_errors_are_whole_in_80_columns(void **state)
{
    (void)state;
    struct hae_view_store *store = busy_store();
    struct hae_view_summary summary;
    struct hae_buffer out = HAE_BUFFER_INIT;
    char id[40];
    take(store, &summary);
    summary.trace_count = 0; /* where they would be found as well */
    write(&summary, 80, false, &out);
    assert_true(summary.error_count > 0);
    for (size_t i = 0; i < summary.error_count; i++) {
        hae_view_figure_hex(id, sizeof id, summary.errors[i].trace_id, 16);
        assert_non_null(strstr(out.data, id));
    }
    hae_buffer_done(&out);
    hae_view_summary_done(&summary);
    hae_view_store_free(store);
}

static void escape_codes_are_for_colours_only(void **state)
{
    (void)state;
    struct hae_view_store *store = busy_store();
    struct hae_view_summary summary;
    struct hae_buffer out = HAE_BUFFER_INIT;
    take(store, &summary);
    write(&summary, 100, false, &out);
    assert_null(strchr(out.data, '\x1b'));
    write(&summary, 100, true, &out);
    assert_non_null(strstr(out.data, "\x1b[31m"));
    hae_buffer_done(&out);
    hae_view_summary_done(&summary);
    hae_view_store_free(store);
}

static void ascii_drawing_keeps_what_was_received(void **state)
{
    (void)state;
    struct hae_view_store *store = busy_store();
    struct hae_view_summary summary;
    struct hae_buffer out = HAE_BUFFER_INIT;
    take(store, &summary);
    struct hae_view_terminal terminal = {
        .width = 120, .ascii = true, .address = "127.0.0.1:4318", .unix_ns = EPOCH_NS};
    hae_view_terminal_write(&terminal, &summary, &out);
    assert_null(strstr(out.data, "\xe2\x94\x94")); /* └ */
    assert_null(strstr(out.data, "\xe2\x96\x88")); /* █ */
    assert_non_null(strstr(out.data, "`- "));
    assert_non_null(strstr(out.data, "\xed\x95\xb4\xed\x83\x9c"));
    hae_buffer_done(&out);
    hae_view_summary_done(&summary);
    hae_view_store_free(store);
}

static void nothing_received_says_what_to_do(void **state)
{
    (void)state;
    struct hae_view_store *store = make_store(10);
    struct hae_view_summary summary;
    struct hae_buffer out = HAE_BUFFER_INIT;
    take(store, &summary);
    write(&summary, 80, false, &out);
    assert_non_null(strstr(out.data, "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318"));
    hae_buffer_done(&out);
    hae_view_summary_done(&summary);
    hae_view_store_free(store);
}

static void tables_leave_out_the_column_that_is_missed_least(void **state)
{
    (void)state;
    static const struct hae_view_column columns[] = {
        {"NAME", false, true, 6, 0}, {"MORE", true, false, 0, 1}, {"MOST", true, false, 0, 2}};
    struct hae_view_table table;
    hae_view_table_init(&table, columns, 3);
    hae_view_table_cell(&table, HAE_VIEW_NORMAL, "abcdefghij");
    hae_view_table_cell(&table, HAE_VIEW_NORMAL, "1");
    hae_view_table_cell(&table, HAE_VIEW_NORMAL, "2");
    static const struct {
        size_t width;
        const char *expected;
    } cases[] = {
        {40, "NAME        MORE  MOST\nabcdefghij     1     2\n"},
        {20, "NAME      MORE  MOST\nabcdefg\xe2\x80\xa6     1     2\n"},
        {14, "NAME      MORE\nabcdefg\xe2\x80\xa6     1\n"},
        {8, "NAME\nabcdefg\xe2\x80\xa6\n"},
        {4, "NAME\nabc\xe2\x80\xa6\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hae_buffer out = HAE_BUFFER_INIT;
        struct hae_view_canvas canvas = {.out = &out, .width = cases[i].width};
        hae_view_table_write(&table, &canvas, 0);
        assert_string_equal(out.data, cases[i].expected);
        hae_buffer_done(&out);
    }
    hae_view_table_done(&table);
}

/* Texts that differ at their ends stay apart. */
static void tables_cut_in_the_middle_where_a_column_says_so(void **state)
{
    (void)state;
    static const struct hae_view_column columns[] = {{"NAME", false, HAE_VIEW_CUT_MIDDLE, 4, 0}};
    struct hae_view_table table;
    struct hae_buffer out = HAE_BUFFER_INIT;
    struct hae_view_canvas canvas = {.out = &out, .width = 10};

    hae_view_table_init(&table, columns, 1);
    hae_view_table_cell(&table, HAE_VIEW_NORMAL, "route=/rides, status=201");
    hae_view_table_cell(&table, HAE_VIEW_NORMAL, "route=/rides, status=404");
    hae_view_table_cell(&table, HAE_VIEW_NORMAL, "route=1234");
    hae_view_table_cell(&table, HAE_VIEW_NORMAL,
                        "\xed\x95\x9c\xed\x95\x9c\xed\x95\x9c\xed\x95\x9c\xed\x95\x9cz");
    hae_view_table_write(&table, &canvas, 0);
    assert_string_equal(out.data, "NAME\nrou\xe2\x80\xa6us=201\nrou\xe2\x80\xa6us=404\nroute=1234\n"
                                  "\xed\x95\x9c\xe2\x80\xa6\xed\x95\x9c\xed\x95\x9cz\n");
    hae_buffer_done(&out);
    hae_view_table_done(&table);
}

static void totals_hold_what_a_script_needs(void **state)
{
    (void)state;
    struct hae_view_store *store = busy_store();
    struct hae_buffer out = HAE_BUFFER_INIT;
    struct hae_view_arrival now = {1001 * S, EPOCH_NS};
    assert_true(hae_view_totals_of(store, now, &out));
    const char *const parts[] = {"\"spans\":1200,", "\"duplicate_spans\":0,",
                                 "\"unique_spans\":1200,", "\"duplicates_exact\":true,",
                                 "\"data_points\":60,", "\"refused_by_status\":{\"415\":1}",
                                 /* 2 + 4 + ... + 60 and 1 + 3 + ... + 59 */
                                 "\"measurements\":1830,", "\"measurements_in_histograms\":930,",
                                 "\"measurements_exact\":true,", "\"p50\":null,"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (strstr(out.data, parts[i]) == NULL) {
            fail_msg("%s is not in %s", parts[i], out.data);
        }
    }
    assert_int_equal(out.data[out.length - 1], '\n');
    hae_buffer_done(&out);
    hae_view_store_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_width_is_kept_to),
        cmocka_unit_test(a_summary_has_all_four_sections),
        cmocka_unit_test(failed_calls_are_in_the_summary),
        cmocka_unit_test(trace_ids_of_errors_are_whole_in_80_columns),
        cmocka_unit_test(escape_codes_are_for_colours_only),
        cmocka_unit_test(ascii_drawing_keeps_what_was_received),
        cmocka_unit_test(nothing_received_says_what_to_do),
        cmocka_unit_test(tables_leave_out_the_column_that_is_missed_least),
        cmocka_unit_test(tables_cut_in_the_middle_where_a_column_says_so),
        cmocka_unit_test(totals_hold_what_a_script_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
