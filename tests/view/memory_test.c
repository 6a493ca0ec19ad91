/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation fails once. The linker redirects the tool's own to the functions below
 * (--wrap); those of shared libraries stay as they are. */
#include "view_test.h"

#include "api/api.h"
#include "decode/decode.h"
#include "query/summary.h"
#include "show/frame.h"
#include "show/session_keys.h"
#include "show/terminal.h"
#include "show/totals.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *pointer, size_t size);
void __real_free(void *pointer);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *pointer, size_t size);
void __wrap_free(void *pointer);

static size_t allocations; /* attempted since the run began */
static size_t failing;     /* the one that fails, from 1 on; 0: none */
static ptrdiff_t held;     /* blocks that are not freed */

static bool fails(void)
{
    allocations++;
    return allocations == failing;
}

void *__wrap_malloc(size_t size)
{
    void *pointer = fails() ? NULL : __real_malloc(size);
    held += pointer != NULL ? 1 : 0;
    return pointer;
}

void *__wrap_calloc(size_t count, size_t size)
{
    void *pointer = fails() ? NULL : __real_calloc(count, size);
    held += pointer != NULL ? 1 : 0;
    return pointer;
}

void *__wrap_realloc(void *pointer, size_t size)
{
    void *moved = fails() ? NULL : __real_realloc(pointer, size);
    held += pointer == NULL && moved != NULL ? 1 : 0;
    return moved;
}

void __wrap_free(void *pointer)
{
    held -= pointer != NULL ? 1 : 0;
    __real_free(pointer);
}

/* A request that is written from the inside out. */
struct body {
    uint8_t data[256];
    size_t length;
};

static void put(struct body *body, uint8_t tag, const void *data, size_t length)
{
    body->data[body->length++] = tag;
    body->data[body->length++] = (uint8_t)length;
    memcpy(body->data + body->length, data, length);
    body->length += length;
}

/* Makes the content so far the content of a field. */
static void wrap(struct body *body, uint8_t tag)
{
    struct body inner = *body;
    body->length = 0;
    put(body, tag, inner.data, inner.length);
}

static void wrap_item(struct body *body)
{
    wrap(body, 0x12); /* in a scope block, */
    wrap(body, 0x12); /* in a resource block, */
    wrap(body, 0x0a); /* in a request */
}

static struct body span_body(void)
{
    struct body body = {.length = 0};
    put(&body, 0x0a, "0123456789abcdef", 16);
    put(&body, 0x12, "01234567", 8);
    put(&body, 0x2a, "name", 4);
    put(&body, 0x7a, "\x18\x02", 2); /* status ERROR */
    wrap_item(&body);
    return body;
}

static struct body metric_body(void)
{
    struct body body = {.length = 0};
    put(&body, 0x3a, "\x0a\x01k", 3); /* the attribute "k" of a point */
    wrap(&body, 0x0a);
    wrap(&body, 0x3a); /* a sum */
    put(&body, 0x0a, "name", 4);
    wrap_item(&body);
    return body;
}

static struct body log_body(void)
{
    struct body body = {.length = 0};
    put(&body, 0x2a, "\x0a\x04text", 6);
    body.data[body.length++] = 0x10; /* severity ERROR */
    body.data[body.length++] = 17;
    wrap_item(&body);
    return body;
}

static const char json_body[] =
    "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"0102\",\"name\":\"a\\u0000\","
    "\"attributes\":[{\"key\":\"k\",\"value\":{\"bytesValue\":\"AAAA\"}}],\"unknown\":[\"text\"]}]}"
    "]}]}";

/* Asks some questions. Returns whether all were answered. */
static bool answer_all(struct hae_view_store *store)
{
    static const char *const paths[] = {"/api/overview", "/api/service", "/api/logs", "/api/sql"};
    bool good = true;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct hae_buffer out = HAE_BUFFER_INIT;
        struct hae_view_arguments arguments = {.count = 0};
        hae_view_arguments_add(&arguments, "name", "unknown_service");
        hae_view_arguments_add(&arguments, "q", "SELECT 1");
        unsigned status = hae_view_api_answer(&(struct hae_view_api){.store = store}, HAE_VIEW_GET,
                                              paths[i], &arguments, EPOCH_NS, &out);
        good = good && status == 200 && !out.failed;
        hae_buffer_done(&out);
        hae_view_arguments_done(&arguments);
    }
    return good;
}

/* Looks at each tab in a terminal, and opens its first row. Returns whether all could be read and
 * drawn. */
static bool look_at_all(struct hae_view_store *store)
{
    static const char keys[] = "12345678";
    static const struct hae_view_key enter = {.kind = HAE_VIEW_KEY_ENTER};
    struct hae_view_terminal terminal = {.width = 80, .height = 24, .address = "x"};
    struct hae_view_session session;
    struct hae_buffer out = HAE_BUFFER_INIT;
    bool good = true;
    hae_view_session_init(&session);
    for (size_t i = 0; i < 2 * strlen(keys); i++) {
        struct hae_view_key tab = {.kind = HAE_VIEW_KEY_TEXT, .text = {keys[i / 2], '\0'}};
        (void)hae_view_session_key(&session, i % 2 == 0 ? &tab : &enter);
        good = hae_view_session_read(&session, store, (int64_t)EPOCH_NS) && good;
        hae_view_frame_write(&terminal, &session, &out);
        good = !out.failed && good;
    }
    hae_view_session_done(&session);
    hae_buffer_done(&out);
    return good;
}

/* All that the tool does between a request and its output. Returns whether all of it
 * succeeded. */
static bool run_once(const struct body bodies[HAE_VIEW_SIGNALS])
{
    struct hae_view_database_options options = {.series_max = 100};
    char problem[160];
    struct hae_view_arrival arrival = {1000 * S, EPOCH_NS};
    struct hae_buffer out = HAE_BUFFER_INIT;
    struct hae_view_store *store = hae_view_store_open(&options, problem, sizeof problem);
    struct hae_view_decoder *decoder = store != NULL ? hae_view_decoder_new(store) : NULL;
    bool good = decoder != NULL;
    for (int i = 0; good && i < HAE_VIEW_SIGNALS; i++) {
        struct hae_view_bytes bytes = {bodies[i].data, bodies[i].length};
        good =
            hae_view_decode(decoder, (enum hae_view_signal)i, bytes, arrival) == HAE_VIEW_DECODED;
    }
    struct hae_view_bytes json = {(const uint8_t *)json_body, sizeof json_body - 1};
    good =
        good && hae_view_decode_json(decoder, HAE_VIEW_TRACES, json, arrival) == HAE_VIEW_DECODED;
    good = good && answer_all(store);
    good = good && look_at_all(store);
    struct hae_view_summary_options show = {
        .now_ns = 1001 * S, .now_unix_ns = EPOCH_NS, .traces = 3, .errors = 3, .series = 10};
    struct hae_view_summary summary;
    if (good && hae_view_summary_take(store, &show, &summary)) {
        struct hae_view_terminal terminal = {.width = 80, .address = "x"};
        hae_view_terminal_write(&terminal, &summary, &out);
        good = !out.failed;
        hae_view_totals_write(&summary, &out);
        good = good && !out.failed;
        hae_view_summary_done(&summary);
    } else {
        good = false;
    }
    hae_buffer_done(&out);
    hae_view_decoder_free(decoder);
    hae_view_store_free(store);
    return good;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    const struct body bodies[HAE_VIEW_SIGNALS] = {span_body(), metric_body(), log_body()};
    failing = 0;
    allocations = 0;
    assert_true(run_once(bodies));
    assert_int_equal(held, 0);
    size_t all = allocations;
    assert_true(all > 20);
    for (failing = 1; failing <= all; failing++) {
        allocations = 0;
        run_once(bodies);
        assert_int_equal(held, 0);
    }
    failing = 0;
}

static void a_buffer_that_cannot_grow_keeps_what_it_has(void **state)
{
    (void)state;
    struct hae_buffer buffer = HAE_BUFFER_INIT;
    hae_buffer_text(&buffer, "kept");
    allocations = 0;
    failing = 1;
    hae_buffer_repeat(&buffer, "0123456789", 100);
    failing = 0;
    assert_true(buffer.failed);
    assert_memory_equal(buffer.data, "kept0123", 8);
    size_t length = buffer.length;
    hae_buffer_text(&buffer, "more");
    assert_int_equal(buffer.length, length);
    hae_buffer_done(&buffer);
    assert_int_equal(held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(a_buffer_that_cannot_grow_keeps_what_it_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
