/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl that fails on demand. */
#include <stdarg.h>
#include <stddef.h>

#define CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_DEPRECATION
#include <curl/curl.h>

#include "otlp_http/failing_wrap.h"

/* ---- libcurl: easy ---------------------------------------------------------------------- */

WRAP(CURLcode, curl_global_init, long flags)
{
    if (calls_fail(CALL_curl_global_init)) {
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
    CURL *easy = calls_fail(CALL_curl_easy_init) ? NULL : __real_curl_easy_init();

    calls_note_made(EASY, easy != NULL);
    return easy;
}

WRAP(void, curl_easy_cleanup, CURL *easy)
{
    calls_note_freed(EASY, easy);
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

    if (calls_fail(CALL_curl_easy_setopt)) {
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

    if (calls_fail(CALL_curl_easy_getinfo)) {
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
    return calls_fail(CALL_curl_getdate) ? -1 : __real_curl_getdate(text, unused);
}

WRAP(struct curl_slist *, curl_slist_append, struct curl_slist *list, const char *text)
{
    struct curl_slist *longer =
        calls_fail(CALL_curl_slist_append) ? NULL : __real_curl_slist_append(list, text);

    calls_note_made(LIST, longer != NULL && list == NULL);
    return longer;
}

WRAP(void, curl_slist_free_all, struct curl_slist *list)
{
    calls_note_freed(LIST, list);
    __real_curl_slist_free_all(list);
}

/* ---- libcurl: URLs ---------------------------------------------------------------------- */

WRAP(CURLU *, curl_url, void)
{
    CURLU *url = calls_fail(CALL_curl_url) ? NULL : __real_curl_url();

    calls_note_made(URL, url != NULL);
    return url;
}

WRAP(void, curl_url_cleanup, CURLU *url)
{
    calls_note_freed(URL, url);
    __real_curl_url_cleanup(url);
}

WRAP(CURLUcode, curl_url_set, CURLU *url, CURLUPart what, const char *part, unsigned flags)
{
    if (calls_fail(CALL_curl_url_set)) {
        return (CURLUcode)NEXT_OF(curl_url_set, CURLUE_OUT_OF_MEMORY, CURLUE_MALFORMED_INPUT);
    }
    return __real_curl_url_set(url, what, part, flags);
}

WRAP(CURLUcode, curl_url_get, const CURLU *url, CURLUPart what, char **part, unsigned flags)
{
    CURLUcode code;

    if (calls_fail(CALL_curl_url_get)) {
        return (CURLUcode)NEXT_OF(curl_url_get, CURLUE_OUT_OF_MEMORY, CURLUE_URLDECODE);
    }
    code = __real_curl_url_get(url, what, part, flags);
    calls_note_made(URL_PART, code == CURLUE_OK);
    return code;
}

WRAP(void, curl_free, void *text)
{
    calls_note_freed(URL_PART, text);
    __real_curl_free(text);
}

/* ---- libcurl: multi --------------------------------------------------------------------- */

WRAP(CURLM *, curl_multi_init, void)
{
    CURLM *multi = calls_fail(CALL_curl_multi_init) ? NULL : __real_curl_multi_init();

    calls_note_made(MULTI, multi != NULL);
    return multi;
}

/* What it fails at can't be helped by anyone: it is done all the same, so that no leak shows
 * that is not the exporter's. */
WRAP(CURLMcode, curl_multi_cleanup, CURLM *multi)
{
    CURLMcode code;

    calls_note_freed(MULTI, multi);
    code = __real_curl_multi_cleanup(multi);
    return calls_fail(CALL_curl_multi_cleanup) ? CURLM_INTERNAL_ERROR : code;
}

WRAP(CURLMcode, curl_multi_setopt, CURLM *multi, CURLMoption option, ...)
{
    CURLMcode code;
    va_list arguments;

    if (calls_fail(CALL_curl_multi_setopt)) {
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
    if (calls_fail(CALL_curl_multi_add_handle)) {
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
    if (calls_fail(CALL_curl_multi_remove_handle)) {
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
    if (calls_fail(CALL_curl_multi_socket_action)) {
        return (CURLMcode)NEXT_OF(curl_multi_socket_action, CURLM_OUT_OF_MEMORY,
                                  CURLM_INTERNAL_ERROR, CURLM_BAD_SOCKET);
    }
    return __real_curl_multi_socket_action(multi, socket, events, ret_running);
}

WRAP(CURLMcode, curl_multi_socket_all, CURLM *multi, int *ret_running)
{
    if (calls_fail(CALL_curl_multi_socket_all)) {
        return (CURLMcode)NEXT_OF(curl_multi_socket_all, CURLM_OUT_OF_MEMORY, CURLM_INTERNAL_ERROR);
    }
    return __real_curl_multi_socket_all(multi, ret_running);
}

WRAP(CURLMcode, curl_multi_wakeup, CURLM *multi)
{
    if (calls_fail(CALL_curl_multi_wakeup)) {
        return (CURLMcode)NEXT_OF(curl_multi_wakeup, CURLM_WAKEUP_FAILURE, CURLM_BAD_HANDLE);
    }
    return __real_curl_multi_wakeup(multi);
}

WRAP(const char *, curl_multi_strerror, CURLMcode code)
{
    return __real_curl_multi_strerror(code);
}

/* The message comes at a later call. */
WRAP(CURLMsg *, curl_multi_info_read, CURLM *multi, int *ret_left)
{
    if (calls_fail(CALL_curl_multi_info_read)) {
        *ret_left = 0;
        return NULL;
    }
    return __real_curl_multi_info_read(multi, ret_left);
}
