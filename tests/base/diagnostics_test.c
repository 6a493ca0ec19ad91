/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/diagnostics.h"

#define SECOND UINT64_C(1000000000)

static uint64_t now;

static uint64_t fake_now_ns(void)
{
    return now;
}

struct seen {
    struct hae_diagnostics diagnostics;
    unsigned count;
    haetae_diagnostic_level level;
    char text[2 * HAE_DIAGNOSTIC_BYTES];
};

static void remember(void *user, haetae_diagnostic_level level, const char *text)
{
    struct seen *seen = user;

    seen->count++;
    seen->level = level;
    snprintf(seen->text, sizeof seen->text, "%s", text);
}

static int set_up(void **state)
{
    static struct seen seen;

    memset(&seen, 0, sizeof seen);
    now = 5; /* any */
    *state = &seen;
    if (hae_diagnostics_init(&seen.diagnostics, remember, &seen) != HAETAE_OK) {
        return -1;
    }
    seen.diagnostics.now_ns = fake_now_ns;
    return 0;
}

static int tear_down(void **state)
{
    struct seen *seen = *state;

    hae_diagnostics_done(&seen->diagnostics);
    return 0;
}

/* ---- Rate limit --------------------------------------------------------- */

static const char key_a[] = "same text";
static const char key_b[] = "same text";

static void report(struct seen *seen, const char *key, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        hae_diagnose(&seen->diagnostics, HAETAE_DIAGNOSTIC_WARN, key, "hello");
    }
}

static void diagnostics_tells_level_and_formatted_text(void **state)
{
    struct seen *seen = *state;

    hae_diagnose(&seen->diagnostics, HAETAE_DIAGNOSTIC_ERROR, key_a, "%s: %d", "refused", 7);
    assert_int_equal(seen->count, 1);
    assert_int_equal(seen->level, HAETAE_DIAGNOSTIC_ERROR);
    assert_string_equal(seen->text, "refused: 7");
}

static void diagnostics_tells_three_and_then_one_per_ten_seconds(void **state)
{
    struct seen *seen = *state;

    report(seen, key_a, 8);
    assert_int_equal(seen->count, 3);
    assert_string_equal(seen->text, "hello");

    now += 10 * SECOND - 1;
    report(seen, key_a, 1);
    assert_int_equal(seen->count, 3);

    now += 1;
    report(seen, key_a, 4);
    assert_int_equal(seen->count, 4);
    assert_string_equal(seen->text, "hello (6 more like this)");

    now += 15 * SECOND;
    report(seen, key_a, 4);
    assert_int_equal(seen->count, 5);
    assert_string_equal(seen->text, "hello (3 more like this)");

    /* The half period left over from before counts. */
    now += 5 * SECOND;
    report(seen, key_a, 1);
    assert_int_equal(seen->count, 6);
}

static void diagnostics_recovers_its_burst_when_it_was_quiet(void **state)
{
    struct seen *seen = *state;

    report(seen, key_a, 3);
    now += 3600 * SECOND;
    report(seen, key_a, 5);
    assert_int_equal(seen->count, 6);
    assert_string_equal(seen->text, "hello");
}

static void diagnostics_limits_each_key_by_itself(void **state)
{
    struct seen *seen = *state;

    report(seen, key_a, 10);
    report(seen, key_b, 10);
    assert_int_equal(seen->count, 6);
}

static void diagnostics_limits_each_thing_by_itself(void **state)
{
    struct seen *seen = *state;
    int things[2];

    for (int i = 0; i < 20; i++) {
        hae_diagnose_about(&seen->diagnostics, &things[i % 2], HAETAE_DIAGNOSTIC_WARN, key_a,
                           "thing %d", i % 2);
    }
    assert_int_equal(seen->count, 6);
    report(seen, key_a, 10);
    assert_int_equal(seen->count, 9);
}

static void diagnostics_forgets_the_key_unheard_for_longest(void **state)
{
    static const char keys[HAE_DIAGNOSTIC_KEYS + 1][2];
    struct seen *seen = *state;

    for (int i = 0; i < HAE_DIAGNOSTIC_KEYS; i++) {
        now++;
        report(seen, keys[i], 4);
    }
    assert_int_equal(seen->count, 3 * HAE_DIAGNOSTIC_KEYS);
    now++;
    report(seen, keys[0], 1); /* so that keys[1] is the oldest */
    report(seen, keys[HAE_DIAGNOSTIC_KEYS], 4);
    seen->count = 0;
    for (int i = 0; i <= HAE_DIAGNOSTIC_KEYS; i++) {
        if (i != 1) {
            report(seen, keys[i], 1);
        }
    }
    assert_int_equal(seen->count, 0);
    report(seen, keys[1], 1);
    assert_int_equal(seen->count, 1);
}

/* ---- Text --------------------------------------------------------------- */

static void diagnostics_shows_control_characters_as_hex(void **state)
{
    struct seen *seen = *state;

    hae_diagnose(&seen->diagnostics, HAETAE_DIAGNOSTIC_WARN, key_a, "%s",
                 "a\nb\x1b[2J\x7f\tc \xff \xed\x85\x8c \xc2\x9b");
    assert_string_equal(seen->text, "a\\x0ab\\x1b[2J\\x7f\\x09c \\xff \xed\x85\x8c \\xc2\\x9b");
}

static void diagnostics_cuts_long_text_and_says_so(void **state)
{
    struct seen *seen = *state;
    char text[3 * HAE_DIAGNOSTIC_BYTES];

    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    report(seen, key_a, 5);
    now += 10 * SECOND;
    hae_diagnose(&seen->diagnostics, HAETAE_DIAGNOSTIC_WARN, key_a, "%s", text);
    assert_int_equal(strlen(seen->text), HAE_DIAGNOSTIC_BYTES - 1);
    assert_non_null(strstr(seen->text, "xxx... (2 more like this)"));
}

static void diagnostics_leaves_text_that_just_fits(void **state)
{
    struct seen *seen = *state;
    char text[HAE_DIAGNOSTIC_BYTES];

    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    hae_diagnose(&seen->diagnostics, HAETAE_DIAGNOSTIC_WARN, key_a, "%s", text);
    assert_string_equal(seen->text, text);
}

static void diagnostics_never_cuts_inside_a_character(void **state)
{
    struct seen *seen = *state;
    char text[HAE_DIAGNOSTIC_BYTES + 16];

    for (size_t shift = 0; shift < 3; shift++) {
        size_t length;

        memset(text, 'x', shift);
        for (size_t at = shift; at + 3 < sizeof text; at += 3) {
            memcpy(text + at, "\xed\x85\x8c", 4);
        }
        now += 3600 * SECOND;
        hae_diagnose(&seen->diagnostics, HAETAE_DIAGNOSTIC_WARN, key_a, "%s", text);
        length = strlen(seen->text);
        assert_string_equal(seen->text + length - 3, "...");
        assert_int_equal((length - 3 - shift) % 3, 0);
        assert_memory_equal(seen->text, text, length - 3);
    }
}

/* ---- Callers ------------------------------------------------------------ */

static void diagnostics_without_a_callback_is_silent(void **state)
{
    struct hae_diagnostics silent;

    (void)state;
    assert_int_equal(hae_diagnostics_init(&silent, NULL, NULL), HAETAE_OK);
    hae_diagnose(&silent, HAETAE_DIAGNOSTIC_ERROR, key_a, "nobody hears");
    hae_diagnose(NULL, HAETAE_DIAGNOSTIC_ERROR, key_a, "nobody hears");
    hae_diagnostics_done(&silent);
}

static void diagnostics_keeps_errno(void **state)
{
    struct seen *seen = *state;

    errno = EXDEV;
    report(seen, key_a, 5);
    assert_int_equal(errno, EXDEV);
}

static void call_again(void *user, haetae_diagnostic_level level, const char *text)
{
    struct seen *seen = user;

    remember(user, level, text);
    hae_diagnose(&seen->diagnostics, HAETAE_DIAGNOSTIC_WARN, key_b, "from inside");
}

static void diagnostics_ignores_calls_from_its_callback(void **state)
{
    struct seen *seen = *state;

    seen->diagnostics.callback = call_again;
    report(seen, key_a, 2);
    assert_int_equal(seen->count, 2);
    assert_string_equal(seen->text, "hello");
}

static _Atomic int inside;
static _Atomic int overlaps;
static _Atomic int calls;

static void notice_overlap(void *user, haetae_diagnostic_level level, const char *text)
{
    (void)user;
    (void)level;
    (void)text;
    if (atomic_fetch_add(&inside, 1) != 0) {
        atomic_fetch_add(&overlaps, 1);
    }
    atomic_fetch_add(&calls, 1);
    atomic_fetch_sub(&inside, 1);
}

static const char thread_keys[4][2];

struct teller {
    struct hae_diagnostics *diagnostics;
    int number;
};

static void *report_often(void *argument)
{
    struct teller *teller = argument;

    for (int i = 0; i < 2000; i++) {
        hae_diagnose(teller->diagnostics, HAETAE_DIAGNOSTIC_WARN, thread_keys[teller->number], "%d",
                     i);
    }
    return NULL;
}

static void diagnostics_calls_one_at_a_time(void **state)
{
    struct seen *seen = *state;
    struct teller tellers[4];
    pthread_t threads[4];

    seen->diagnostics.callback = notice_overlap;
    for (int i = 0; i < 4; i++) {
        tellers[i] = (struct teller){&seen->diagnostics, i};
        assert_int_equal(pthread_create(&threads[i], NULL, report_often, &tellers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(atomic_load(&overlaps), 0);
    assert_int_equal(atomic_load(&calls), 4 * HAE_DIAGNOSTIC_BURST);
}

/* ---- Standard error ----------------------------------------------------- */

struct pipe_for_stderr {
    int saved;
    int reader;
};

static void swap_stderr(struct pipe_for_stderr *swap, int flags)
{
    int ends[2];

    assert_int_equal(pipe2(ends, flags), 0);
    fflush(stderr);
    swap->saved = dup(STDERR_FILENO);
    swap->reader = ends[0];
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    close(ends[1]);
}

static void restore_stderr(struct pipe_for_stderr *swap)
{
    dup2(swap->saved, STDERR_FILENO);
    close(swap->saved);
    if (swap->reader >= 0) {
        close(swap->reader);
    }
}

static void stderr_gets_errors_and_warnings_with_a_prefix(void **state)
{
    struct pipe_for_stderr swap;
    char text[256] = "";
    ssize_t length;

    (void)state;
    swap_stderr(&swap, 0);
    hae_diagnostics_to_stderr(NULL, HAETAE_DIAGNOSTIC_INFO, "not shown");
    hae_diagnostics_to_stderr(NULL, HAETAE_DIAGNOSTIC_WARN, "one");
    hae_diagnostics_to_stderr(NULL, HAETAE_DIAGNOSTIC_ERROR, "two");
    length = read(swap.reader, text, sizeof text - 1);
    restore_stderr(&swap);
    assert_true(length > 0);
    assert_string_equal(text, "haetae: warning: one\nhaetae: error: two\n");
}

static void stderr_without_a_reader_raises_no_signal(void **state)
{
    struct pipe_for_stderr swap;
    sigset_t pending;

    (void)state;
    signal(SIGPIPE, SIG_DFL);
    swap_stderr(&swap, 0);
    close(swap.reader);
    swap.reader = -1;
    hae_diagnostics_to_stderr(NULL, HAETAE_DIAGNOSTIC_ERROR, "nobody there");
    restore_stderr(&swap);
    sigpending(&pending);
    assert_false(sigismember(&pending, SIGPIPE));
}

/* The linker leads calls of poll() here. Another thread may fill the pipe just after one. */
static bool fill_after_poll;

int __real_poll(struct pollfd *polled, nfds_t count, int timeout_ms);
int __wrap_poll(struct pollfd *polled, nfds_t count, int timeout_ms);

static void fill(int fd)
{
    static const char block[4096];
    int flags = fcntl(fd, F_GETFL);

    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    while (write(fd, block, sizeof block) > 0) {
    }
    fcntl(fd, F_SETFL, flags);
}

int __wrap_poll(struct pollfd *polled, nfds_t count, int timeout_ms)
{
    int ready = __real_poll(polled, count, timeout_ms);

    if (fill_after_poll) {
        fill(STDERR_FILENO);
    }
    return ready;
}

static void stderr_that_fills_up_meanwhile_is_not_waited_for(void **state)
{
    struct pipe_for_stderr swap;

    (void)state;
    swap_stderr(&swap, 0);
    fill_after_poll = true;
    hae_diagnostics_to_stderr(NULL, HAETAE_DIAGNOSTIC_ERROR, "first");
    fill_after_poll = false;
    restore_stderr(&swap);
}

static void stderr_may_be_a_socket(void **state)
{
    char text[64] = "";
    int saved = dup(STDERR_FILENO);
    int ends[2];

    (void)state;
    fflush(stderr);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    hae_diagnostics_to_stderr(NULL, HAETAE_DIAGNOSTIC_ERROR, "one");
    fill(STDERR_FILENO);
    hae_diagnostics_to_stderr(NULL, HAETAE_DIAGNOSTIC_ERROR, "no room");
    assert_true(read(ends[0], text, sizeof text - 1) > 0);
    close(ends[0]);
    hae_diagnostics_to_stderr(NULL, HAETAE_DIAGNOSTIC_ERROR, "nobody there");
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    assert_memory_equal(text, "haetae: error: one\n", 19);
}

static void stderr_gets_the_beginning_of_a_long_text(void **state)
{
    static char text[4 * HAE_DIAGNOSTIC_BYTES], line[4 * HAE_DIAGNOSTIC_BYTES];
    struct pipe_for_stderr swap;
    ssize_t length;

    (void)state;
    memset(text, 'x', sizeof text - 1);
    swap_stderr(&swap, 0);
    hae_diagnostics_to_stderr(NULL, HAETAE_DIAGNOSTIC_WARN, text);
    length = read(swap.reader, line, sizeof line - 1);
    restore_stderr(&swap);
    assert_true(length > HAE_DIAGNOSTIC_BYTES);
    assert_string_equal(line + length - 5, "x...\n");
}

static void stderr_that_is_full_is_not_waited_for(void **state)
{
    struct pipe_for_stderr swap;

    (void)state;
    swap_stderr(&swap, 0);
    fill(STDERR_FILENO);
    /* The test's own time limit fails it if this waits. */
    hae_diagnostics_to_stderr(NULL, HAETAE_DIAGNOSTIC_ERROR, "no room");
    restore_stderr(&swap);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(diagnostics_tells_level_and_formatted_text),
        TEST(diagnostics_tells_three_and_then_one_per_ten_seconds),
        TEST(diagnostics_recovers_its_burst_when_it_was_quiet),
        TEST(diagnostics_limits_each_key_by_itself),
        TEST(diagnostics_limits_each_thing_by_itself),
        TEST(diagnostics_forgets_the_key_unheard_for_longest),
        TEST(diagnostics_shows_control_characters_as_hex),
        TEST(diagnostics_cuts_long_text_and_says_so),
        TEST(diagnostics_leaves_text_that_just_fits),
        TEST(diagnostics_never_cuts_inside_a_character),
        cmocka_unit_test(diagnostics_without_a_callback_is_silent),
        TEST(diagnostics_keeps_errno),
        TEST(diagnostics_ignores_calls_from_its_callback),
        TEST(diagnostics_calls_one_at_a_time),
        cmocka_unit_test(stderr_gets_errors_and_warnings_with_a_prefix),
        cmocka_unit_test(stderr_without_a_reader_raises_no_signal),
        cmocka_unit_test(stderr_that_is_full_is_not_waited_for),
        cmocka_unit_test(stderr_that_fills_up_meanwhile_is_not_waited_for),
        cmocka_unit_test(stderr_may_be_a_socket),
        cmocka_unit_test(stderr_gets_the_beginning_of_a_long_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
