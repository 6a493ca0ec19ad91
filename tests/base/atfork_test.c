/* SPDX-License-Identifier: Apache-2.0 */
/* The table of fork hooks: the order of the calls, and what each is told. */
#include "base/atfork.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/core_cmocka.h"

/* What was called in this process, in order. Static memory: a child writes to it too. */
static char calls[256];

static void note(const char *what, const void *self)
{
    size_t length = strlen(calls);

    snprintf(calls + length, sizeof calls - length, "%s%s ", what, (const char *)self);
}

static bool prepare(void *self)
{
    note("p:", self);
    return true;
}

static bool prepare_in_vain(void *self)
{
    note("p:", self);
    return false;
}

static void in_parent(void *self, bool held)
{
    note(held ? "a:" : "a!", self);
}

static void in_child(void *self, bool held)
{
    note(held ? "c:" : "c!", self);
}

static const struct hae_atfork_hooks low = {.name = "low",
                                            .order = HAE_ATFORK_RECORDER,
                                            .prepare = prepare,
                                            .parent = in_parent,
                                            .child = in_child};
static const struct hae_atfork_hooks middle = {.name = "middle",
                                               .order = HAE_ATFORK_SIGNALS,
                                               .prepare = prepare_in_vain,
                                               .parent = in_parent,
                                               .child = in_child};
static const struct hae_atfork_hooks high = {
    .name = "high", .order = HAE_ATFORK_SDK, .child = in_child};

static void forget_calls(void)
{
    calls[0] = '\0';
}

/* Forks; the child's exit tells whether it was called as `expected`. */
static void fork_and_expect(const char *expected)
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        _exit(strcmp(calls, expected) == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int watch(void **state)
{
    (void)state;
    assert_int_equal(hae_atfork_watch(), HAETAE_OK);
    assert_int_equal(hae_atfork_watch(), HAETAE_OK);
    forget_calls();
    return 0;
}

static void hooks_are_called_downward_before_and_upward_after(void **state)
{
    struct hae_atfork places[4];

    (void)state;
    hae_atfork_add(&places[0], &middle, "m");
    hae_atfork_add(&places[1], &low, "1");
    hae_atfork_add(&places[2], &high, "h");
    hae_atfork_add(&places[3], &low, "2");
    fork_and_expect("p:m p:2 p:1 c:1 c:2 c!m c!h ");
    assert_string_equal(calls, "p:m p:2 p:1 a:1 a:2 a!m ");
    for (int i = 0; i < 4; i++) {
        hae_atfork_remove(&places[i]);
    }
}

static void what_was_removed_is_not_called(void **state)
{
    struct hae_atfork places[3];

    (void)state;
    hae_atfork_add(&places[0], &low, "1");
    hae_atfork_add(&places[1], &low, "2");
    hae_atfork_add(&places[2], &low, "3");
    hae_atfork_remove(&places[1]);
    hae_atfork_remove(&places[1]); /* again: nothing */
    fork_and_expect("p:3 p:1 c:1 c:3 ");
    hae_atfork_remove(&places[0]);
    hae_atfork_remove(&places[2]);
    forget_calls();
    fork_and_expect("");
    assert_string_equal(calls, "");
}

/* ---- Modules with a mutex only ---------------------------------------------------------- */

static const struct hae_atfork_hooks mutex_hooks = {.name = "mutex",
                                                    .order = HAE_ATFORK_SIGNALS,
                                                    .prepare = hae_atfork_lock,
                                                    .parent = hae_atfork_unlock,
                                                    .child = hae_atfork_reset_lock};

/* Forks; the child can take the mutex. */
static void fork_and_lock(pthread_mutex_t *mutex)
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        _exit(pthread_mutex_trylock(mutex) == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_mutex_is_free_in_parent_and_child(void **state)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    struct hae_atfork place;

    (void)state;
    hae_atfork_add(&place, &mutex_hooks, &mutex);
    fork_and_lock(&mutex);
    assert_int_equal(pthread_mutex_trylock(&mutex), 0);
    /* fork() waits for it, gives up, and the child makes a new one. */
    fork_and_lock(&mutex);
    assert_int_not_equal(pthread_mutex_trylock(&mutex), 0); /* it is still ours */
    pthread_mutex_unlock(&mutex);
    hae_atfork_remove(&place);
    pthread_mutex_destroy(&mutex);
}

/* ---- Signals and cancellation ------------------------------------------------------------- */

static bool is_blocked(int signal)
{
    sigset_t mask;

    sigemptyset(&mask);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    return sigismember(&mask, signal) == 1;
}

static const char *protection(void)
{
    int state = PTHREAD_CANCEL_ENABLE;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    pthread_setcancelstate(state, NULL);
    if (is_blocked(SIGALRM) != (state == PTHREAD_CANCEL_DISABLE)) {
        return "half";
    }
    return is_blocked(SIGALRM) ? "safe" : "open";
}

static bool prepare_protected(void *self)
{
    note("p:", protection());
    (void)self;
    return true;
}

static void parent_protected(void *self, bool held)
{
    note("a:", protection());
    (void)self;
    (void)held;
}

static void child_protected(void *self, bool held)
{
    note("c:", protection());
    (void)self;
    (void)held;
}

static void no_signal_and_no_cancellation_comes_between_the_hooks(void **state)
{
    static const struct hae_atfork_hooks hooks = {.name = "protected",
                                                  .order = HAE_ATFORK_SDK,
                                                  .prepare = prepare_protected,
                                                  .parent = parent_protected,
                                                  .child = child_protected};
    struct hae_atfork place;
    int status;
    pid_t child;

    (void)state;
    hae_atfork_add(&place, &hooks, NULL);
    child = fork();
    note("", protection());
    if (child == 0) {
        _exit(strcmp(calls, "p:safe c:safe open ") == 0 ? 0 : 1);
    }
    assert_string_equal(calls, "p:safe a:safe open ");
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    hae_atfork_remove(&place);
}

/* ---- The host's handlers -------------------------------------------------------------------- */

static bool host_notes;

static void host_prepare(void)
{
    if (host_notes) {
        note("host-p:", protection());
    }
}

static void host_parent(void)
{
    if (host_notes) {
        note("host-a:", protection());
    }
}

static void host_child(void)
{
    if (host_notes) {
        note("host-c:", protection());
    }
}

static void handlers_of_the_host_enclose_ours(void **state)
{
    struct hae_atfork place;

    (void)state;
    hae_atfork_add(&place, &low, "1");
    host_notes = true;
    fork_and_expect("host-p:open p:1 c:1 host-c:open ");
    assert_string_equal(calls, "host-p:open p:1 a:1 host-a:open ");
    host_notes = false;
    hae_atfork_remove(&place);
}

int main(void)
{
    /* As a host does it that starts the SDK late: these are registered before hae_atfork_watch()
     * is called. */
    if (pthread_atfork(host_prepare, host_parent, host_child) != 0) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(no_signal_and_no_cancellation_comes_between_the_hooks, watch),
        cmocka_unit_test_setup(handlers_of_the_host_enclose_ours, watch),
        cmocka_unit_test_setup(hooks_are_called_downward_before_and_upward_after, watch),
        cmocka_unit_test_setup(what_was_removed_is_not_called, watch),
        cmocka_unit_test_setup(a_mutex_is_free_in_parent_and_child, watch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
