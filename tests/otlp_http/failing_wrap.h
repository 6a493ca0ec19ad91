/* SPDX-License-Identifier: Apache-2.0 */
/* What the calls that fail on demand are made of; between failing_calls.c, failing_curl.c and those
 * of the libraries that compress, as far as the exporter was built with them. */
#ifndef HAETAE_TEST_OTLP_HTTP_FAILING_WRAP_H
#define HAETAE_TEST_OTLP_HTTP_FAILING_WRAP_H

#include <stdbool.h>

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
    X(curl_multi_wakeup)                                                                           \
    X(curl_slist_append)                                                                           \
    X(curl_url)                                                                                    \
    X(curl_url_get)                                                                                \
    X(curl_url_set)                                                                                \
    GZIP_CALLS(X)                                                                                  \
    ZSTD_CALLS(X)
#ifdef HAETAE_TEST_ISAL
#define GZIP_CALLS(X) X(isal_deflate)
#else
#define GZIP_CALLS(X) X(deflate) X(deflateEnd) X(deflateInit2_) X(deflateReset)
#endif
#ifdef HAETAE_TEST_ZSTD
#define ZSTD_CALLS(X) X(ZSTD_CCtx_setParameter) X(ZSTD_compress2) X(ZSTD_createCCtx)
#else
#define ZSTD_CALLS(X)
#endif

enum call {
#define CALL(name) CALL_##name,
    CALLS(CALL)
#undef CALL
        CALL_COUNT
};

/* Counts a call; true: it has to fail. */
bool calls_fail(enum call call);

/* How often it has failed. */
unsigned long calls_failed_count(enum call call);

/* One after the other of the codes that it may fail with. */
#define NEXT_OF(call, ...)                                                                         \
    ((const int[]){__VA_ARGS__}[calls_failed_count(CALL_##call) %                                  \
                                (sizeof((const int[]){__VA_ARGS__}) / sizeof(int))])

enum thing { EASY, MULTI, LIST, URL, URL_PART, DEFLATE, ZSTD_CONTEXT, THING_COUNT };

/* That one was made, if it really was, which is returned; and freed, unless it is NULL. */
bool calls_note_made(enum thing thing, bool really);
void calls_note_freed(enum thing thing, const void *pointer);

/* The function that the linker puts in the place of `name`. */
#define WRAP(type, name, ...)                                                                      \
    type __real_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__)

#endif
