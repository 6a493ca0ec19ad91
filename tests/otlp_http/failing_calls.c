/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_http/failing_calls.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>

#define CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_DEPRECATION
#include <curl/curl.h>
#include <zlib.h>

#include "support/core_cmocka.h"

/* ---- Which call fails ------------------------------------------------------------------------
 */

/* Those that can fail. */
#define CALLS(X)                                                                                   \
    X(curl_easy_getinfo)                                                                           \
    X(curl_easy_init)                                                                              \
    X(curl_easy_setopt)                                                                            \
    X(curl_getdate)                                                                                \
    X(curl_global_init)                                                                            \
    X(curl_multi_add_handle)                                                                       \
    X(curl_multi_cleanup)                                                                          \
    X(curl_multi_info_read)                                                                        \
    X(curl_multi_init)                                                                             \
    X(curl_multi_remove_handle)                                                                    \
    X(curl_multi_setopt)                                                                           \
    X(curl_multi_socket_action)                                                                    \
    X(curl_multi_socket_all)                                                                       \
    X(curl_slist_append)                                                                           \
    X(curl_url)                                                                                    \
    X(curl_url_get)                                                                                \
    X(curl_url_set)                                                                                \
    X(deflate)                                                                                     \
    X(deflateEnd)                                                                                  \
    X(deflateInit2_)                                                                               \
    X(deflateReset)

enum call {
#define CALL(name) CALL_##name,
    CALLS(CALL)
#undef CALL
        CALL_COUNT
};

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

unsigned long calls_failed(const char *name)
{
    return atomic_load(&failed_count[find(name)]);
}

static bool fails(enum call call)
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

/* One after the other of the codes that it may fail with. */
#define NEXT_OF(call, ...)                                                                         \
    ((const int[]){__VA_ARGS__}[atomic_load(&failed_count[CALL_##call]) %                          \
                                (sizeof((const int[]){__VA_ARGS__}) / sizeof(int))])

/* ---- What is made and freed ------------------------------------------------------------------
 */

enum thing { EASY, MULTI, LIST, URL, URL_PART, DEFLATE, THING_COUNT };

static _Atomic int things[THING_COUNT];

static bool made(enum thing thing, bool really)
{
    atomic_fetch_add(&things[thing], really ? 1 : 0);
    return really;
}

static void freed(enum thing thing, const void *pointer)
{
    atomic_fetch_sub(&things[thing], pointer != NULL ? 1 : 0);
}

void calls_assert_balance(void)
{
    static const char *const of[THING_COUNT] = {"easy handles", "multi handles", "lists",
                                                "parsed URLs",  "parts of URLs", "compressors"};

    for (int thing = 0; thing < THING_COUNT; thing++) {
        int left = atomic_load(&things[thing]);

        if (left != 0) {
            fail_msg("%d %s are left after %s failed", left, of[thing], calls_first_failed());
        }
    }
}

/* ---- libcurl: easy ---------------------------------------------------------------------------
 */

#define WRAP(type, name, ...)                                                                      \
    type __real_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__)

WRAP(CURLcode, curl_global_init, long flags)
{
    if (fails(CALL_curl_global_init)) {
        return (CURLcode)NEXT_OF(curl_global_init, CURLE_FAILED_INIT, CURLE_OUT_OF_MEMORY);
    }
    return __real_curl_global_init(flags);
}

WRAP(curl_version_info_data *, curl_version_info, CURLversion age)
{
    return __real_curl_version_info(age);
}

WRAP(CURL *, curl_easy_init, void)
{
    CURL *easy = fails(CALL_curl_easy_init) ? NULL : __real_curl_easy_init();

    made(EASY, easy != NULL);
    return easy;
}

WRAP(void, curl_easy_cleanup, CURL *easy)
{
    freed(EASY, easy);
    __real_curl_easy_cleanup(easy);
}

WRAP(void, curl_easy_reset, CURL *easy)
{
    __real_curl_easy_reset(easy);
}

WRAP(CURLcode, curl_easy_setopt, CURL *easy, CURLoption option, ...)
{
    CURLcode code;
    va_list arguments;

    if (fails(CALL_curl_easy_setopt)) {
        return (CURLcode)NEXT_OF(curl_easy_setopt, CURLE_OUT_OF_MEMORY, CURLE_UNKNOWN_OPTION,
                                 CURLE_BAD_FUNCTION_ARGUMENT, CURLE_NOT_BUILT_IN);
    }
    va_start(arguments, option);
    if (option < CURLOPTTYPE_OBJECTPOINT) {
        code = __real_curl_easy_setopt(easy, option, va_arg(arguments, long));
    } else if (option >= CURLOPTTYPE_OFF_T && option < CURLOPTTYPE_BLOB) {
        code = __real_curl_easy_setopt(easy, option, va_arg(arguments, curl_off_t));
    } else {
        code = __real_curl_easy_setopt(easy, option, va_arg(arguments, void *));
    }
    va_end(arguments);
    return code;
}

WRAP(CURLcode, curl_easy_getinfo, CURL *easy, CURLINFO info, ...)
{
    CURLcode code;
    va_list arguments;

    if (fails(CALL_curl_easy_getinfo)) {
        return (CURLcode)NEXT_OF(curl_easy_getinfo, CURLE_UNKNOWN_OPTION,
                                 CURLE_BAD_FUNCTION_ARGUMENT);
    }
    va_start(arguments, info);
    code = __real_curl_easy_getinfo(easy, info, va_arg(arguments, void *));
    va_end(arguments);
    return code;
}

WRAP(const char *, curl_easy_strerror, CURLcode code)
{
    return __real_curl_easy_strerror(code);
}

WRAP(time_t, curl_getdate, const char *text, const time_t *unused)
{
    return fails(CALL_curl_getdate) ? -1 : __real_curl_getdate(text, unused);
}

WRAP(struct curl_slist *, curl_slist_append, struct curl_slist *list, const char *text)
{
    struct curl_slist *longer =
        fails(CALL_curl_slist_append) ? NULL : __real_curl_slist_append(list, text);

    made(LIST, longer != NULL && list == NULL);
    return longer;
}

WRAP(void, curl_slist_free_all, struct curl_slist *list)
{
    freed(LIST, list);
    __real_curl_slist_free_all(list);
}

/* ---- libcurl: URLs ---------------------------------------------------------------------------
 */

WRAP(CURLU *, curl_url, void)
{
    CURLU *url = fails(CALL_curl_url) ? NULL : __real_curl_url();

    made(URL, url != NULL);
    return url;
}

WRAP(void, curl_url_cleanup, CURLU *url)
{
    freed(URL, url);
    __real_curl_url_cleanup(url);
}

WRAP(CURLUcode, curl_url_set, CURLU *url, CURLUPart what, const char *part, unsigned flags)
{
    if (fails(CALL_curl_url_set)) {
        return (CURLUcode)NEXT_OF(curl_url_set, CURLUE_OUT_OF_MEMORY, CURLUE_MALFORMED_INPUT);
    }
    return __real_curl_url_set(url, what, part, flags);
}

WRAP(CURLUcode, curl_url_get, const CURLU *url, CURLUPart what, char **part, unsigned flags)
{
    CURLUcode code;

    if (fails(CALL_curl_url_get)) {
        return (CURLUcode)NEXT_OF(curl_url_get, CURLUE_OUT_OF_MEMORY, CURLUE_URLDECODE);
    }
    code = __real_curl_url_get(url, what, part, flags);
    made(URL_PART, code == CURLUE_OK);
    return code;
}

WRAP(void, curl_free, void *text)
{
    freed(URL_PART, text);
    __real_curl_free(text);
}

WRAP(const char *, curl_url_strerror, CURLUcode code)
{
    return __real_curl_url_strerror(code);
}

/* ---- libcurl: multi --------------------------------------------------------------------------
 */

WRAP(CURLM *, curl_multi_init, void)
{
    CURLM *multi = fails(CALL_curl_multi_init) ? NULL : __real_curl_multi_init();

    made(MULTI, multi != NULL);
    return multi;
}

/* What it fails at can't be helped by anyone: it is done all the same, so that no leak shows
 * that is not the exporter's. */
WRAP(CURLMcode, curl_multi_cleanup, CURLM *multi)
{
    CURLMcode code;

    freed(MULTI, multi);
    code = __real_curl_multi_cleanup(multi);
    return fails(CALL_curl_multi_cleanup) ? CURLM_INTERNAL_ERROR : code;
}

WRAP(CURLMcode, curl_multi_setopt, CURLM *multi, CURLMoption option, ...)
{
    CURLMcode code;
    va_list arguments;

    if (fails(CALL_curl_multi_setopt)) {
        return CURLM_UNKNOWN_OPTION;
    }
    va_start(arguments, option);
    if (option < (CURLMoption)CURLOPTTYPE_OBJECTPOINT) {
        code = __real_curl_multi_setopt(multi, option, va_arg(arguments, long));
    } else {
        code = __real_curl_multi_setopt(multi, option, va_arg(arguments, void *));
    }
    va_end(arguments);
    return code;
}

/* It may have the handle, and fail all the same. */
WRAP(CURLMcode, curl_multi_add_handle, CURLM *multi, CURL *easy)
{
    if (fails(CALL_curl_multi_add_handle)) {
        int code = NEXT_OF(curl_multi_add_handle, CURLM_OUT_OF_MEMORY, CURLM_INTERNAL_ERROR);

        if (code == CURLM_INTERNAL_ERROR) {
            (void)__real_curl_multi_add_handle(multi, easy);
        }
        return (CURLMcode)code;
    }
    return __real_curl_multi_add_handle(multi, easy);
}

/* The handle stays where it is, or not. */
WRAP(CURLMcode, curl_multi_remove_handle, CURLM *multi, CURL *easy)
{
    if (fails(CALL_curl_multi_remove_handle)) {
        int code = NEXT_OF(curl_multi_remove_handle, CURLM_INTERNAL_ERROR, CURLM_OUT_OF_MEMORY);

        if (code == CURLM_OUT_OF_MEMORY) {
            (void)__real_curl_multi_remove_handle(multi, easy);
        }
        return (CURLMcode)code;
    }
    return __real_curl_multi_remove_handle(multi, easy);
}

WRAP(CURLMcode, curl_multi_socket_action, CURLM *multi, curl_socket_t socket, int events,
     int *ret_running)
{
    if (fails(CALL_curl_multi_socket_action)) {
        return (CURLMcode)NEXT_OF(curl_multi_socket_action, CURLM_OUT_OF_MEMORY,
                                  CURLM_INTERNAL_ERROR, CURLM_BAD_SOCKET);
    }
    return __real_curl_multi_socket_action(multi, socket, events, ret_running);
}

WRAP(CURLMcode, curl_multi_socket_all, CURLM *multi, int *ret_running)
{
    if (fails(CALL_curl_multi_socket_all)) {
        return (CURLMcode)NEXT_OF(curl_multi_socket_all, CURLM_OUT_OF_MEMORY, CURLM_INTERNAL_ERROR);
    }
    return __real_curl_multi_socket_all(multi, ret_running);
}

WRAP(const char *, curl_multi_strerror, CURLMcode code)
{
    return __real_curl_multi_strerror(code);
}

/* The message comes at a later call. */
WRAP(CURLMsg *, curl_multi_info_read, CURLM *multi, int *ret_left)
{
    if (fails(CALL_curl_multi_info_read)) {
        *ret_left = 0;
        return NULL;
    }
    return __real_curl_multi_info_read(multi, ret_left);
}

/* ---- zlib ------------------------------------------------------------------------------------
 */

WRAP(int, deflateInit2_, z_streamp stream, int level, int method, int window_bits, int memory_level,
     int strategy, const char *version, int size)
{
    int code = fails(CALL_deflateInit2_)
                   ? Z_MEM_ERROR
                   : __real_deflateInit2_(stream, level, method, window_bits, memory_level,
                                          strategy, version, size);

    made(DEFLATE, code == Z_OK);
    return code;
}

WRAP(int, deflate, z_streamp stream, int flush)
{
    if (fails(CALL_deflate)) {
        return NEXT_OF(deflate, Z_STREAM_ERROR, Z_BUF_ERROR);
    }
    return __real_deflate(stream, flush);
}

/* Z_DATA_ERROR: something was not fetched; it is freed all the same. */
WRAP(int, deflateEnd, z_streamp stream)
{
    int code = __real_deflateEnd(stream);

    freed(DEFLATE, code != Z_STREAM_ERROR ? stream : NULL);
    return fails(CALL_deflateEnd) ? Z_DATA_ERROR : code;
}

/* There is nothing left that could be used on. */
WRAP(int, deflateReset, z_streamp stream)
{
    if (fails(CALL_deflateReset)) {
        (void)__wrap_deflateEnd(stream);
    }
    return __real_deflateReset(stream);
}
