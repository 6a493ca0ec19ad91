/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that no recorder writes, streams that fail, memory that runs out. */
#include "cmocka_all.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sample.h"
#include "support/stack.h"

/* ---- malloc that fails on demand ------------------------------------------- */

static long allocations_left = -1; /* negative: all succeed */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
    if (allocations_left == 0) {
        return NULL;
    }
    if (allocations_left > 0) {
        allocations_left--;
    }
    return __real_malloc(size);
}

/* ---- Bodies ----------------------------------------------------------------- */

/* All output is whole lines without control characters. */
static void assert_harmless(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        assert_true(c == '\n' || (c >= 0x20 && c != 0x7F));
    }
    assert_true(length == 0 || text[length - 1] == '\n');
}

static void assert_survives(const struct body *body)
{
    struct hae_con_outcome outcome;
    char *text = written(body, &outcome);
    assert_harmless(text);
    if (outcome.verdict == HAETAE_VERDICT_DROP) {
        assert_true(strcmp(outcome.message, "console: undecodable request") == 0 ||
                    strcmp(outcome.message, "console: values nest too deep") == 0);
        assert_string_equal(text, "");
    } else {
        assert_int_equal(outcome.verdict, HAETAE_VERDICT_OK);
    }
    free(text);
}

/* A log record whose body has so many arrays in each other. It grows to the front. */
static struct body nested(size_t levels)
{
    size_t capacity = levels * 12 + 64;
    uint8_t *memory = malloc(capacity);
    size_t length = 0;

    assert_non_null(memory);
    for (size_t i = 0; i < 2 * levels + 4; i++) {
        /* LogRecord.body, ScopeLogs.log_records, ResourceLogs.scope_logs, resource_logs. */
        static const uint8_t outer[] = {0x2a, 0x12, 0x12, 0x0a};
        uint8_t head[8] = {i >= 2 * levels ? outer[i - 2 * levels] : i % 2 == 0 ? 0x0a : 0x2a};
        size_t left = length;
        size_t used = 1;

        do {
            head[used++] = (uint8_t)((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
            left >>= 7;
        } while (left > 0);
        length += used;
        memcpy(memory + capacity - length, head, used);
    }
    memmove(memory, memory + capacity - length, length);
    return (struct body){HAETAE_SIGNAL_LOGS, memory, length};
}

struct writing {
    const struct body *body;
    struct hae_con_outcome outcome;
};

static void write_body(void *argument)
{
    struct writing *writing = argument;

    free(written(writing->body, &writing->outcome));
}

/* What haetae records fits into a quarter of its threads' stack; what nests deeper is refused. */
static void nesting_is_bounded(void **state)
{
    static const struct {
        size_t levels;
        haetae_verdict verdict;
    } cases[] = {{64, HAETAE_VERDICT_OK},
                 {97, HAETAE_VERDICT_OK},
                 {100, HAETAE_VERDICT_DROP},
                 {100000, HAETAE_VERDICT_DROP}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct body body = nested(cases[i].levels);
        struct writing writing = {.body = &body};
        size_t used = stack_used(1024 * 1024, write_body, &writing);

        assert_int_equal(writing.outcome.verdict, cases[i].verdict);
        if (cases[i].verdict == HAETAE_VERDICT_DROP) {
            assert_string_equal(writing.outcome.message, "console: values nest too deep");
        }
        if (STACK_IS_MEASURED && used > 256 * 1024) {
            fail_msg("%zu levels take %zu bytes of stack", cases[i].levels, used);
        }
        body_free(&body);
    }
}

static void cut_bodies_do_no_harm(void **state)
{
    (void)state;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct body whole = sample_of((haetae_signal)signal);
        for (size_t size = 0; size < whole.size; size++) {
            /* A copy of the exact size, so that a sanitizer sees a read beyond it. */
            struct body cut = {whole.signal, malloc(size > 0 ? size : 1), size};
            assert_non_null(cut.data);
            memcpy(cut.data, whole.data, size);
            assert_survives(&cut);
            body_free(&cut);
        }
        body_free(&whole);
    }
}

static void changed_bodies_do_no_harm(void **state)
{
    (void)state;
    static const uint8_t changes[] = {0x01, 0x07, 0x1b, 0x80, 0xff};
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct body body = sample_of((haetae_signal)signal);
        for (size_t i = 0; i < body.size; i++) {
            uint8_t before = body.data[i];
            for (size_t c = 0; c < sizeof changes; c++) {
                body.data[i] = before ^ changes[c];
                assert_survives(&body);
            }
            body.data[i] = before;
        }
        body_free(&body);
    }
}

static void random_bodies_do_no_harm(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252u;
    for (int round = 0; round < 3000; round++) {
        uint8_t data[64];
        for (size_t i = 0; i < sizeof data; i++) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            data[i] = (uint8_t)seed & 0x1f; /* small tags and lengths go further in */
        }
        struct body body = {(haetae_signal)(round % 3), data, (size_t)(round % 64)};
        assert_survives(&body);
    }
}

static void expect_drop(struct body body, const char *message)
{
    struct hae_con_outcome outcome;
    char *text = written(&body, &outcome);
    assert_int_equal(outcome.verdict, HAETAE_VERDICT_DROP);
    assert_string_equal(outcome.message, message);
    assert_string_equal(text, "");
    free(text);
}

static void garbage_is_dropped(void **state)
{
    (void)state;
    static uint8_t garbage[] = "\x0a\x7fgarbage";
    expect_drop((struct body){HAETAE_SIGNAL_TRACES, garbage, sizeof garbage},
                "console: undecodable request");
    expect_drop((struct body){(haetae_signal)7, garbage, 0}, "console: unknown signal");
}

static void an_empty_request_writes_nothing(void **state)
{
    (void)state;
    struct body body = {HAETAE_SIGNAL_LOGS, NULL, 0};
    struct hae_con_outcome outcome;
    char *text = written(&body, &outcome);
    assert_int_equal(outcome.verdict, HAETAE_VERDICT_OK);
    assert_string_equal(text, "");
    free(text);
}

/* Writes `tag` and the length before the content that ends at data + at; returns where it
 * begins. Built from the end, each layer's length is known. */
static size_t wrap(uint8_t *data, size_t at, size_t end, uint8_t tag)
{
    uint64_t length = end - at;
    uint8_t varint[10];
    size_t size = 0;
    do {
        varint[size++] = (uint8_t)(length | 0x80);
        length >>= 7;
    } while (length > 0);
    varint[size - 1] &= 0x7F;
    at -= size;
    memcpy(data + at, varint, size);
    data[--at] = tag;
    return at;
}

/* A log record whose body is an array in an array in an array …. Without a limit, a million
 * levels would need gigabytes of stack. */
static void endless_nesting_is_dropped(void **state)
{
    (void)state;
    size_t capacity = (size_t)8 << 20;
    uint8_t *data = malloc(capacity);
    assert_non_null(data);
    size_t at = capacity;
    while (at > 64) {
        at = wrap(data, at, capacity, 1 << 3 | 2); /* ArrayValue.values      */
        at = wrap(data, at, capacity, 5 << 3 | 2); /* AnyValue.array_value   */
    }
    at = wrap(data, at, capacity, 5 << 3 | 2); /* LogRecord.body             */
    at = wrap(data, at, capacity, 2 << 3 | 2); /* ScopeLogs.log_records      */
    at = wrap(data, at, capacity, 2 << 3 | 2); /* ResourceLogs.scope_logs    */
    at = wrap(data, at, capacity, 1 << 3 | 2); /* request.resource_logs      */
    expect_drop((struct body){HAETAE_SIGNAL_LOGS, data + at, capacity - at},
                "console: values nest too deep");
    free(data);
}

/* Two bytes for each empty span become a struct of hundreds. */
static void a_body_that_swells_is_given_back_to_be_split(void **state)
{
    (void)state;
    size_t size = 1200000; /* enough with pointers of 32 bits, too */
    size_t capacity = size + 32;
    uint8_t *data = malloc(capacity);
    assert_non_null(data);
    for (size_t i = 32; i < capacity; i += 2) {
        data[i] = 2 << 3 | 2; /* ScopeSpans.spans, empty */
        data[i + 1] = 0;
    }
    size_t at = wrap(data, 32, capacity, 2 << 3 | 2);
    at = wrap(data, at, capacity, 1 << 3 | 2);
    struct body body = {HAETAE_SIGNAL_TRACES, data + at, capacity - at};
    struct hae_con_outcome outcome;
    char *text = written(&body, &outcome);
    assert_int_equal(outcome.verdict, HAETAE_VERDICT_TOO_LARGE);
    free(text);
    free(data);
}

/* ---- Streams ---------------------------------------------------------------- */

static void a_full_disk_drops(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (full == NULL) {
        skip();
    }
    struct body body = sample_traces();
    struct hae_con_outcome outcome = hae_con_export(full, body.signal, body.data, body.size);
    assert_int_equal(outcome.verdict, HAETAE_VERDICT_DROP);
    assert_int_equal(outcome.error, ENOSPC);
    assert_string_equal(outcome.message, "console: write failed");
    fclose(full);
    body_free(&body);
}

/* SIGPIPE has its default action, which ends the process, and is not blocked. */
static void a_reader_that_went_away_drops_without_sigpipe(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_DFL);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    FILE *broken = fdopen(ends[1], "w");
    assert_non_null(broken);
    struct body body = sample_logs();
    struct hae_con_outcome outcome = hae_con_export(broken, body.signal, body.data, body.size);
    assert_int_equal(outcome.verdict, HAETAE_VERDICT_DROP);
    assert_int_equal(outcome.error, EPIPE);

    sigset_t blocked;
    sigset_t pending;
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    assert_false(sigismember(&blocked, SIGPIPE));
    sigpending(&pending);
    assert_false(sigismember(&pending, SIGPIPE));
    signal(SIGPIPE, SIG_IGN); /* fclose tries again to write the rest */
    fclose(broken);
    body_free(&body);
}

/* ---- Memory ----------------------------------------------------------------- */

/* One delivery with malloc failing after `count` calls. True when it succeeded. */
static bool exports_with(const struct body *body, FILE *stream, long count)
{
    allocations_left = count;
    struct hae_con_outcome outcome = hae_con_export(stream, body->signal, body->data, body->size);
    allocations_left = -1;
    if (outcome.verdict == HAETAE_VERDICT_OK) {
        return true;
    }
    assert_int_equal(outcome.verdict, HAETAE_VERDICT_RETRY);
    assert_string_equal(outcome.message, "console: out of memory");
    return false;
}

static void every_failed_allocation_asks_for_a_retry(void **state)
{
    (void)state;
    FILE *sink = fopen("/dev/null", "w");
    assert_non_null(sink);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct body body = sample_of((haetae_signal)signal);
        long count = 0;
        while (!exports_with(&body, sink, count)) {
            count++;
        }
        assert_true(count > 10);
        body_free(&body);
    }
    fclose(sink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(cut_bodies_do_no_harm),
        cmocka_unit_test(changed_bodies_do_no_harm),
        cmocka_unit_test(random_bodies_do_no_harm),
        cmocka_unit_test(garbage_is_dropped),
        cmocka_unit_test(an_empty_request_writes_nothing),
        cmocka_unit_test(endless_nesting_is_dropped),
        cmocka_unit_test(a_body_that_swells_is_given_back_to_be_split),
        cmocka_unit_test(a_full_disk_drops),
        cmocka_unit_test(a_reader_that_went_away_drops_without_sigpipe),
        cmocka_unit_test(every_failed_allocation_asks_for_a_retry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
