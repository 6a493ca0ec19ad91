/* SPDX-License-Identifier: Apache-2.0 */
#include "support/failing_malloc.h"

#include <curl/curl.h>

#include "support/core_cmocka.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);

static _Thread_local bool armed;
static _Thread_local long allocation_count; /* since armed                   */
static _Thread_local long live_count;       /* blocks                        */
static _Thread_local long live_before;      /* as it was armed               */
static _Thread_local long failure;          /* the number of the one to fail */
static _Thread_local bool failure_stays;    /* and all that come after       */

static bool fails(void)
{
    if (!armed) {
        return false;
    }
    allocation_count++;
    return allocation_count == failure || (failure_stays && allocation_count > failure);
}

static void *counted(void *block)
{
    live_count += block != NULL;
    return block;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size)
{
    void *moved = fails() ? NULL : __real_realloc(block, size);

    live_count += moved != NULL && block == NULL;
    return moved;
}

void __wrap_free(void *block)
{
    live_count -= block != NULL;
    __real_free(block);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : counted(__real_strdup(text));
}

char *__wrap_strndup(const char *text, size_t size)
{
    return fails() ? NULL : counted(__real_strndup(text, size));
}

void failing_arm(long number, bool stays)
{
    failure = number;
    failure_stays = stays;
    allocation_count = 0;
    live_before = live_count;
    armed = true;
}

void failing_disarm(void)
{
    armed = false;
    if (live_count != live_before) {
        fail_msg("%ld blocks are left after failure %ld", live_count - live_before, failure);
    }
}

long failing_number(void)
{
    return failure;
}

long failing_count(void)
{
    return allocation_count;
}

void failing_sweep(bool stays, bool (*body)(long number, bool stays))
{
    long total, troubled = 0;

    assert_true(body(0, false));
    total = allocation_count;
    assert_true(total > 100);
    for (long number = 1; number <= total; number++) {
        troubled += !body(number, stays);
    }
    print_message("%ld allocations, of which %ld are missed when they fail\n", total, troubled);
    assert_true(troubled > total / 4);
    assert_true(body(0, false));
}

bool failing_curl_init(void)
{
    return curl_global_init_mem(CURL_GLOBAL_DEFAULT, __wrap_malloc, __wrap_free, __wrap_realloc,
                                __wrap_strdup, __wrap_calloc) == CURLE_OK;
}
