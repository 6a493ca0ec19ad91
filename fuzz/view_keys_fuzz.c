/* SPDX-License-Identifier: Apache-2.0 */
/* What is typed in haetae-view's terminal: any bytes are read as keys and used up; whatever they
 * do, the screen keeps to its size, and holds nothing that a terminal would obey. Input: width and
 * height, a byte each, then what is typed. */
#include <string.h>

#include "show/frame.h"
#include "show/session_keys.h"
#include "support/check.h"
#include "util/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW_NS      INT64_C(1700000000000000000)
#define KEYS_MAX    200
#define CHECK_EVERY 8

static struct hae_view_text text_of(const char *text)
{
    return (struct hae_view_text){text, strlen(text)};
}

static void add_span(struct hae_view_store *store, const struct hae_view_origin *origin, uint8_t id)
{
    struct hae_view_span_row span = {
        .valid_ids = true,
        .trace_id = {(uint8_t)(id / 4 + 1)},
        .span_id = {(uint8_t)(id + 1)},
        .parent_id = {(uint8_t)(id % 4 > 0 ? id : 0)},
        .kind = id % 4 > 0 ? HAE_VIEW_KIND_CLIENT : HAE_VIEW_KIND_SERVER,
        .start_ns = (uint64_t)NOW_NS - 1000000 * (uint64_t)id,
        .end_ns = (uint64_t)NOW_NS,
        .name = text_of(id % 3 > 0 ? "GET /a/long/route" : "\xed\x95\xb4\xed\x83\x9c\x1b[2J"),
        .attributes = text_of("{\"key\":[1,\"\\u001b\"]}"),
    };
    if (id % 5 == 0) {
        span.status = HAE_VIEW_STATUS_ERROR;
        span.message = text_of("failed\n");
        span.error = text_of("GET: failed");
    }
    hae_view_store_span(store, origin, &span);
    struct hae_view_log_row log = {.time_ns = (uint64_t)NOW_NS,
                                   .severity = 9 + id % 12,
                                   .has_trace = true,
                                   .trace_id = {(uint8_t)(id / 4 + 1)},
                                   .has_span = true,
                                   .span_id = {(uint8_t)(id + 1)},
                                   .body = text_of("a record\twith a tab"),
                                   .attributes = text_of("{}")};
    hae_view_store_log(store, origin, &log);
}

static struct hae_view_store *make_store(void)
{
    struct hae_view_database_options options = {.size_bytes = (uint64_t)16 << 20, .series_max = 10};
    char problem[160];
    struct hae_view_store *store = hae_view_store_open(&options, problem, sizeof problem);
    FUZZ_CHECK(store != NULL, "%s", problem);
    struct hae_view_origin origin = {.resource = 0};
    struct hae_view_resource_row resource = {.service = text_of("shop"),
                                             .attributes = text_of("{}")};
    struct hae_view_scope_row scope = {.name = text_of("scope"), .version = text_of("1")};
    struct hae_view_metric_row metric = {
        .kind = HAE_VIEW_GAUGE, .name = text_of("load"), .unit = text_of("1")};
    struct hae_view_point_row point = {.time_ns = (uint64_t)NOW_NS, .figures = {.value = 0.5}};
    hae_view_store_begin(store, (struct hae_view_arrival){1, (uint64_t)NOW_NS});
    FUZZ_CHECK(hae_view_store_resource(store, &resource, &origin) &&
                   hae_view_store_scope(store, &scope, &origin),
               "no origin");
    for (uint8_t id = 0; id < 40; id++) {
        add_span(store, &origin, id);
    }
    hae_view_store_metric(store, &origin, &metric);
    hae_view_store_point(store, &origin, text_of("{}"), &point);
    FUZZ_CHECK(hae_view_store_end(store, true) == HAE_VIEW_DATABASE_KEPT, "not kept");
    return store;
}

/* As many lines as the screen has, each of which fits, and no control characters. */
static void check_screen(struct hae_view_session *session, const struct hae_view_terminal *terminal,
                         struct hae_buffer *out)
{
    size_t lines = 0;
    hae_view_frame_write(terminal, session, out);
    FUZZ_CHECK(!out->failed, "memory");
    for (char *line = out->data; line[0] != '\0'; lines++) {
        char *end = strchr(line, '\n');
        FUZZ_CHECK(end != NULL, "no end of line");
        *end = '\0';
        FUZZ_CHECK(hae_view_text_width(line) <= terminal->width, "too long: %s", line);
        for (const char *c = line; c < end; c++) {
            FUZZ_CHECK((unsigned char)*c >= 0x20 && *c != 0x7f, "a control character: %s", line);
        }
        line = end + 1;
    }
    FUZZ_CHECK(lines == terminal->height, "%zu lines of %zu", lines, terminal->height);
}

static void type(struct hae_view_session *session, struct hae_view_store *store,
                 const struct hae_view_terminal *terminal, const char *bytes, size_t length)
{
    struct hae_buffer out = HAE_BUFFER_INIT;
    struct hae_view_key key;
    int keys = 0;
    for (size_t at = 0; at < length && keys < KEYS_MAX; keys++) {
        size_t taken = hae_view_key_read(bytes + at, length - at, true, &key);
        FUZZ_CHECK(taken > 0 && taken <= length - at, "%zu of %zu bytes", taken, length - at);
        at += taken;
        if (hae_view_session_key(session, &key) == HAE_VIEW_UNREAD) {
            FUZZ_CHECK(hae_view_session_read(session, store, NOW_NS), "cannot be read");
        }
        if (keys % CHECK_EVERY == 0) {
            check_screen(session, terminal, &out);
        }
    }
    check_screen(session, terminal, &out);
    hae_buffer_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hae_view_store *store; /* it is only read */
    static struct hae_view_session session;
    if (size < 2) {
        return 0;
    }
    if (store == NULL) {
        store = make_store();
    }
    const struct hae_view_terminal terminal = {.width = (size_t)data[0] + 1,
                                               .height = (size_t)data[1] % 100 + 1,
                                               .address = "127.0.0.1:4318",
                                               .unix_ns = (uint64_t)NOW_NS};
    hae_view_session_init(&session);
    FUZZ_CHECK(hae_view_session_read(&session, store, NOW_NS), "cannot be read");
    type(&session, store, &terminal, (const char *)data + 2, size - 2);
    hae_view_session_done(&session);
    return 0;
}
