/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lock.h"

#include "support/core_cmocka.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *hold_soon(void *ret_held)
{
    *(bool *)ret_held = hae_lock_soon(&lock);
    return NULL;
}

/* Locked by another thread, which keeps the lock. */
static bool held_by_another(void)
{
    pthread_t thread;
    bool held = false;

    assert_int_equal(pthread_create(&thread, NULL, hold_soon, &held), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    return held;
}

static void a_lock_that_stays_held_is_given_up(void **state)
{
    (void)state;
    assert_true(hae_lock_soon(&lock));
    assert_false(hae_lock_soon(&lock)); /* also by its owner, in a signal handler */
    assert_false(held_by_another());
    pthread_mutex_unlock(&lock);
    assert_true(hae_lock_soon(&lock));
    pthread_mutex_unlock(&lock);
}

static void in_the_child_it_is_free(void **state)
{
    (void)state;
    assert_true(hae_lock_soon(&lock));
    hae_lock_in_child(&lock, true);
    assert_int_equal(pthread_mutex_trylock(&lock), 0);
    pthread_mutex_unlock(&lock);
#if !defined(__SANITIZE_THREAD__) /* it knows its owner */
    assert_true(held_by_another());
    hae_lock_in_child(&lock, false);
    assert_int_equal(pthread_mutex_trylock(&lock), 0);
    pthread_mutex_unlock(&lock);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lock_that_stays_held_is_given_up),
        cmocka_unit_test(in_the_child_it_is_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
