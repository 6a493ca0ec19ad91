/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sigpipe.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "support/core_cmocka.h"

/* Writes to a pipe without a reader. */
static void write_to_nobody(void)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    assert_int_equal(write(ends[1], "x", 1), -1);
    assert_int_equal(errno, EPIPE);
    close(ends[1]);
}

static bool is_blocked(void)
{
    sigset_t blocked;

    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    return sigismember(&blocked, SIGPIPE) == 1;
}

/* SIGPIPE has its default action, which would end the test. */
static void sigpipe_of_a_write_is_removed(void **state)
{
    struct hae_sigpipe saved;

    (void)state;
    hae_sigpipe_block(&saved);
    assert_true(is_blocked());
    write_to_nobody();
    assert_true(hae_sigpipe_is_pending());
    hae_sigpipe_restore(&saved);
    assert_false(hae_sigpipe_is_pending());
    assert_false(is_blocked());
}

static void sigpipe_that_was_pending_stays(void **state)
{
    static const struct timespec at_once = {0, 0};
    struct hae_sigpipe outer;
    struct hae_sigpipe inner;
    sigset_t only_pipe;

    (void)state;
    hae_sigpipe_block(&outer);
    pthread_kill(pthread_self(), SIGPIPE);
    hae_sigpipe_block(&inner);
    write_to_nobody();
    hae_sigpipe_restore(&inner);
    assert_true(hae_sigpipe_is_pending());
    assert_true(is_blocked());
    sigemptyset(&only_pipe);
    sigaddset(&only_pipe, SIGPIPE);
    assert_int_equal(sigtimedwait(&only_pipe, NULL, &at_once), SIGPIPE);
    hae_sigpipe_restore(&outer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sigpipe_of_a_write_is_removed),
        cmocka_unit_test(sigpipe_that_was_pending_stays),
    };

    signal(SIGPIPE, SIG_DFL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
