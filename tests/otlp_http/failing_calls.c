/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_http/failing_calls.h"

#include <stdatomic.h>

#include "otlp_http/failing_wrap.h"
#include "support/core_cmocka.h"

/* ---- Which call fails ------------------------------------------------------------------- */

const char *const calls_names[] = {
#define NAME(name) #name,
    CALLS(NAME)
#undef NAME
        NULL,
};

static int find(const char *name)
{
    int call = 0;

    while (strcmp(calls_names[call], name) != 0) {
        call++;
    }
    return call;
}

/* All are written by the thread that calls the library: by the test's before the worker
 * starts and after it ended, by the worker's in between. calls_begin() and calls_heal() come
 * from the test's thread meanwhile, hence atomic. */
static _Atomic long first_to_fail;
static _Atomic long failures_left;
static _Atomic int counted; /* an enum call; -1: all */
static _Atomic long call_count;
static _Atomic int first_failed; /* an enum call; -1 */
static _Atomic unsigned long made_count[CALL_COUNT];
static _Atomic unsigned long failed_count[CALL_COUNT];

static void begin(int call, long number, long failures)
{
    atomic_store(&call_count, 0);
    atomic_store(&counted, call);
    atomic_store(&first_failed, -1);
    atomic_store(&first_to_fail, number);
    atomic_store(&failures_left, failures);
}

void calls_begin(long number, long failures)
{
    begin(-1, number, failures);
}

void calls_begin_of(const char *name, long number, long failures)
{
    begin(find(name), number, failures);
}

void calls_heal(void)
{
    atomic_store(&failures_left, 0);
}

bool calls_have_failed(void)
{
    return atomic_load(&first_failed) >= 0;
}

const char *calls_first_failed(void)
{
    int first = atomic_load(&first_failed);

    return first >= 0 ? calls_names[first] : "";
}

unsigned long calls_made(const char *name)
{
    return atomic_load(&made_count[find(name)]);
}

unsigned long calls_failed_count(enum call call)
{
    return atomic_load(&failed_count[call]);
}

unsigned long calls_failed(const char *name)
{
    return atomic_load(&failed_count[find(name)]);
}

bool calls_fail(enum call call)
{
    int which = atomic_load(&counted);
    int none = -1;

    atomic_fetch_add(&made_count[call], 1);
    if (which >= 0 && which != (int)call) {
        return false;
    }
    if (atomic_fetch_add(&call_count, 1) + 1 < atomic_load(&first_to_fail) ||
        atomic_load(&failures_left) <= 0) {
        return false;
    }
    atomic_fetch_sub(&failures_left, 1);
    atomic_fetch_add(&failed_count[call], 1);
    atomic_compare_exchange_strong(&first_failed, &none, (int)call);
    return true;
}

/* ---- What is made and freed ------------------------------------------------------------- */

static _Atomic int things[THING_COUNT];

bool calls_note_made(enum thing thing, bool really)
{
    atomic_fetch_add(&things[thing], really ? 1 : 0);
    return really;
}

void calls_note_freed(enum thing thing, const void *pointer)
{
    atomic_fetch_sub(&things[thing], pointer != NULL ? 1 : 0);
}

void calls_assert_balance(void)
{
    static const char *const of[THING_COUNT] = {"easy handles", "multi handles", "lists",
                                                "parsed URLs",  "parts of URLs", "compressors",
                                                "zstd contexts"};

    for (int thing = 0; thing < THING_COUNT; thing++) {
        int left = atomic_load(&things[thing]);

        if (left != 0) {
            fail_msg("%d %s are left after %s failed", left, of[thing], calls_first_failed());
        }
    }
}
