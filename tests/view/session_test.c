/* SPDX-License-Identifier: Apache-2.0 */
/* What keys do to a session, and what it looks like: without a terminal. */
#include "view_test.h"

#include <math.h>

#include "show/frame.h"
#include "show/session_keys.h"

static struct hae_view_store *store;
static struct hae_view_session session;
static struct hae_buffer out;
static struct hae_view_terminal terminal;

#define NOW_NS ((int64_t)(EPOCH_NS + 100 * S))

static void add_log(const struct hae_view_origin *origin, uint32_t trace, uint32_t span,
                    const char *text)
{
    struct hae_view_log_row log = {.time_ns = EPOCH_NS,
                                   .severity = 9,
                                   .has_trace = true,
                                   .has_span = true,
                                   .body = text_of(text),
                                   .attributes = text_of("{\"key\":[1,2],\"other\":\"value\"}")};
    memcpy(log.trace_id, &trace, sizeof trace);
    memcpy(log.span_id, &span, sizeof span);
    hae_view_store_log(store, origin, &log);
}

static void add_points(const struct hae_view_origin *origin, uint32_t number)
{
    struct hae_view_metric_row metric = {
        .kind = number % 2 == 0 ? HAE_VIEW_HISTOGRAM : HAE_VIEW_COUNTER,
        .temporality = HAE_VIEW_CUMULATIVE,
        .name = text_of(number % 4 < 2 ? "http.server.request.duration" : "rides"),
        .unit = text_of("s"),
    };
    hae_view_store_metric(store, origin, &metric);
    for (uint32_t i = 0; i < 3; i++) {
        struct hae_view_point_row point = {
            .start_ns = 1,
            .time_ns = EPOCH_NS + i * 30 * S,
            .figures = {.count = i, .sum = i, .value = i, .p50 = 0.5, .p99 = 0.9, .max = 1e9},
            .buckets = text_of("{\"bounds\":[],\"counts\":[3]}"),
        };
        if (metric.kind == HAE_VIEW_COUNTER) {
            point.buckets.data = NULL;
        }
        hae_view_store_point(store, origin, text_of("{\"route\":\"/a\"}"), &point);
    }
}

/* Spans that call others and fail, logs, points; long names and wide characters. */
static void fill(void)
{
    static const char *const services[] = {
        "dispatch", "\xeb\xb0\xb0\xec\xb0\xa8-\xec\x84\x9c\xeb\xb9\x84\xec\x8a\xa4",
        "a-service-with-quite-a-long-name-that-goes-on-and-on\x1b[2J"};
    for (uint32_t i = 1; i <= 40; i++) {
        struct hae_view_origin origin = begin_request(store, services[i % 3], 0);
        for (uint32_t id = 1; id <= 12; id++) {
            struct hae_view_span_row span = make_span(i, id, (i * 12 + 13 - id) * MS);
            span.name = text_of(id == 1 ? "GET /a/path/that/takes/more/than/its/share/of/the/line"
                                        : "\xed\x95\xb4\xed\x83\x9c\n");
            span.attributes = text_of("{\"http.route\":\"/rides\",\"text\":\"a\\u001bb\"}");
            if (id > 1) {
                set_parent(&span, id / 2);
            }
            if (id % 5 == 0) {
                span.kind = HAE_VIEW_KIND_CLIENT;
                set_failed(&span, "the map service did not answer within its time limit");
            }
            hae_view_store_span(store, &origin, &span);
        }
        add_log(&origin, i, 4, "looked at\n12 drivers \xed\x95\xb4\xed\x83\x9c");
        add_points(&origin, i);
        end_request(store);
    }
}

static int open_session(void **state)
{
    (void)state;
    store = make_store(100);
    hae_view_session_init(&session);
    out = (struct hae_buffer)HAE_BUFFER_INIT;
    terminal = (struct hae_view_terminal){
        .width = 80, .height = 24, .address = "127.0.0.1:4318", .unix_ns = EPOCH_NS};
    return 0;
}

static int close_session(void **state)
{
    (void)state;
    hae_view_session_done(&session);
    hae_view_store_free(store);
    hae_buffer_done(&out);
    return 0;
}

static void read_pane(void)
{
    session.width = terminal.width;
    assert_true(hae_view_session_read(&session, store, NOW_NS));
}

/* Presses keys, and reads what comes into view. Returns the last answer. */
static enum hae_view_answer press(const char *keys)
{
    enum hae_view_answer answer = HAE_VIEW_SHOWN;
    struct hae_view_key key;
    size_t taken;
    for (; keys[0] != '\0'; keys += taken) {
        taken = hae_view_key_read(keys, strlen(keys), true, &key);
        assert_true(taken > 0);
        answer = hae_view_session_key(&session, &key);
        if (answer == HAE_VIEW_UNREAD) {
            read_pane();
        }
    }
    return answer;
}

static const char *screen(void)
{
    hae_view_frame_write(&terminal, &session, &out);
    assert_false(out.failed);
    return out.data;
}

/* Each line fits, and there are as many as the screen has. Nothing that a terminal would obey is
 * among them, but for colours. */
static void check_frame(void)
{
    size_t lines = 0;
    for (const char *line = screen(); line[0] != '\0'; lines++) {
        const char *end = strchr(line, '\n');
        char plain[4096];
        size_t length = 0;
        assert_non_null(end);
        for (const char *at = line; at < end; at++) {
            if (at[0] == '\x1b') {
                assert_true(terminal.colour && at[1] == '[');
                at += 2 + strspn(at + 2, "0123456789;");
                assert_int_equal(at[0], 'm');
            } else {
                assert_true((unsigned char)at[0] >= ' ' && at[0] != '\x7f');
                plain[length++] = at[0];
            }
        }
        plain[length] = '\0';
        if (hae_view_text_width(plain) > terminal.width) {
            fail_msg("%zu columns: %s", terminal.width, plain);
        }
        line = end + 1;
    }
    assert_int_equal(lines, terminal.height);
}

#define UP   "\x1b[A"
#define DOWN "\x1b[B"
#define ESC  "\x1b"

static void every_size_is_kept_to(void **state)
{
    (void)state;
    static const size_t sizes[][2] = {{1, 1},  {2, 2},   {3, 3},   {10, 4},  {20, 5},
                                      {21, 6}, {40, 10}, {79, 23}, {80, 24}, {200, 60}};
    static const char *const ways[] = {"1",
                                       "2",
                                       "3",
                                       "4",
                                       "5",
                                       "6",
                                       "7",
                                       "8",
                                       "4\r",
                                       "4\r\r",
                                       "4\r\x1b[F\r",
                                       "6\r",
                                       "5\r",
                                       "7\r",
                                       "2\r",
                                       "1\r",
                                       "4/x",
                                       "5/long\r",
                                       "7/\xed\x95\xb4",
                                       "?"};
    for (int filled = 0; filled < 2; filled++) {
        read_pane();
        for (size_t way = 0; way < sizeof ways / sizeof ways[0]; way++) {
            press(ways[way]);
            for (size_t i = 0; i < 2 * sizeof sizes / sizeof sizes[0]; i++) {
                terminal.width = sizes[i / 2][0];
                terminal.height = sizes[i / 2][1];
                terminal.colour = i % 2 == 1;
                read_pane();
                check_frame();
                press(session.editing || session.helping ? "x" : DOWN);
                check_frame();
            }
            press("\r" ESC ESC ESC ESC ESC);
        }
        fill();
    }
}

/* The one row that is chosen. */
static void assert_chosen(const char *part)
{
    const char *at = strstr(screen(), "\n> ");
    assert_non_null(at);
    char row[512];
    snprintf(row, sizeof row, "%.*s", (int)strcspn(at + 1, "\n"), at + 1);
    if (strstr(row, part) == NULL) {
        fail_msg("%s is not in %s", part, row);
    }
    assert_null(strstr(at + 1, "\n> "));
}

/* A service that only calls others, which all fail: no request is wrong, and yet it is seen. */
static void calls_that_fail_are_not_hidden_by_requests(void **state)
{
    (void)state;
    struct hae_view_origin origin = begin_request(store, "caller", 0);
    for (uint32_t id = 1; id <= 4; id++) {
        struct hae_view_span_row span = make_span(1, id, MS);
        set_parent(&span, 99);
        span.kind = HAE_VIEW_KIND_CLIENT;
        if (id < 4) {
            set_failed(&span, "work: refused");
        }
        hae_view_store_span(store, &origin, &span);
    }
    end_request(store);
    read_pane();
    assert_chosen("> caller           0     -    -    -      4   75.0%");
    press("3");
    assert_chosen("> caller   work       4       3  75.0%");
    press("\r");
    assert_int_equal(session.tab, HAE_VIEW_PANE_ERRORS);
    assert_chosen("work: refused");
}

static void keys_go_around(void **state)
{
    (void)state;
    fill();
    read_pane();
    assert_int_equal(press("\x1b[Z"), HAE_VIEW_UNREAD);
    assert_int_equal(session.tab, HAE_VIEW_PANE_ALERTS);
    press("\t\t");
    assert_int_equal(session.tab, HAE_VIEW_PANE_ROUTES);
    assert_int_equal(press("9"), HAE_VIEW_SHOWN);
    assert_int_equal(session.tab, HAE_VIEW_PANE_ROUTES);
    assert_int_equal(press("q"), HAE_VIEW_ENDS);
    assert_int_equal(press("?q"), HAE_VIEW_SHOWN); /* the help only goes */
    assert_int_equal(press("/q"), HAE_VIEW_SHOWN); /* the filter takes it */
    assert_int_equal(press("\x03"), HAE_VIEW_ENDS);
}

static void things_are_opened_out_of_each_other_so_deep(void **state)
{
    (void)state;
    fill();
    press("4\r");
    assert_non_null(strstr(screen(), "\nTRACE "));
    press("\x1b[B\r");
    assert_non_null(strstr(screen(), "\nSPAN\n"));
    press(ESC "/looked\r\r");
    assert_non_null(strstr(screen(), "\nLOG RECORD "));
    assert_non_null(strstr(screen(), "[1,2]"));
    for (int i = 0; i < 2 * HAE_VIEW_DEPTH_MAX; i++) { /* its trace, its record, and so on */
        press(i % 2 == 0 ? "/trace\r\r" : "/looked\r\r");
    }
    assert_int_equal(session.stacks[session.tab].depth, HAE_VIEW_DEPTH_MAX - 1);
    press(ESC ESC ESC ESC ESC ESC ESC ESC ESC ESC ESC ESC ESC);
    assert_int_equal(session.stacks[session.tab].depth, 0);
    assert_non_null(strstr(screen(), "\nTRACES "));
}

static void a_choice_follows_its_row_until_that_goes(void **state)
{
    (void)state;
    struct hae_view_span_row span = make_span(1, 1, MS);
    for (uint32_t i = 1; i <= 5; i++) {
        span = make_span(i, 1, MS);
        span.start_ns += i * S;
        span.end_ns += i * S;
        add_span(store, "s", 0, &span);
    }
    press("4" DOWN);
    assert_chosen("04000000");
    span = make_span(6, 1, MS);
    span.start_ns += 6 * S;
    span.end_ns += 6 * S;
    add_span(store, "s", 0, &span);
    read_pane();
    assert_chosen("04000000");
    press(UP UP);
    assert_chosen("06000000");
    span = make_span(7, 1, MS);
    span.start_ns += 7 * S;
    span.end_ns += 7 * S;
    add_span(store, "s", 0, &span);
    read_pane();
    assert_chosen("07000000"); /* the first place is kept, whoever has it */
    press(DOWN DOWN "/06000000");
    assert_chosen("06000000");
}

static void sorting_and_filtering_need_no_reading_but_where_the_database_does_it(void **state)
{
    (void)state;
    fill();
    press("2");
    assert_int_equal(press("s"), HAE_VIEW_SHOWN);
    assert_int_equal(press("/GET"), HAE_VIEW_SHOWN);
    press(ESC "4");
    assert_int_equal(press("s"), HAE_VIEW_UNREAD);
    assert_int_equal(press("/GET"), HAE_VIEW_UNREAD);
}

static void a_pause_keeps_what_was_read(void **state)
{
    (void)state;
    fill();
    press("4");
    press("p");
    assert_int_equal(press("5"), HAE_VIEW_UNREAD); /* was not read yet */
    assert_int_equal(press("4"), HAE_VIEW_SHOWN);
    assert_int_equal(press("5"), HAE_VIEW_SHOWN);
    assert_int_equal(press("p"), HAE_VIEW_UNREAD);
    assert_int_equal(press("4"), HAE_VIEW_UNREAD);
}

static void a_filter_has_room_for_so_much(void **state)
{
    (void)state;
    read_pane();
    press("/");
    for (int i = 0; i < 100; i++) {
        press("\xed\x95\xb4");
    }
    const char *filter = hae_view_session_pane(&session)->filter;
    assert_int_equal(strlen(filter), (HAE_VIEW_FILTER_SIZE - 1) / 3 * 3);
    press("\x7f");
    assert_int_equal(strlen(filter), (HAE_VIEW_FILTER_SIZE - 1) / 3 * 3 - 3);
    press("\x15");
    assert_string_equal(filter, "");
    assert_true(session.editing);
    press("\x7f");
    assert_false(session.editing);
}

static void ascii_is_ascii(void **state)
{
    (void)state;
    struct hae_view_span_row span = make_span(1, 1, MS);
    add_span(store, "s", 0, &span);
    terminal.ascii = true;
    for (const char *keys = "12345678?"; keys[0] != '\0'; keys++) {
        press((char[2]){keys[0], '\0'});
        for (const char *at = screen(); at[0] != '\0'; at++) {
            assert_true((unsigned char)at[0] < 0x80);
        }
    }
}

#define with_session(test) cmocka_unit_test_setup_teardown(test, open_session, close_session)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_session(every_size_is_kept_to),
        with_session(calls_that_fail_are_not_hidden_by_requests),
        with_session(keys_go_around),
        with_session(things_are_opened_out_of_each_other_so_deep),
        with_session(a_choice_follows_its_row_until_that_goes),
        with_session(sorting_and_filtering_need_no_reading_but_where_the_database_does_it),
        with_session(a_pause_keeps_what_was_read),
        with_session(a_filter_has_room_for_so_much),
        with_session(ascii_is_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
