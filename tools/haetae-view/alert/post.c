/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/post.h"

#include <stdio.h>
#include <string.h>

#ifdef HAE_VIEW_CURL

#include <curl/curl.h>

#define ANSWER_MAX_BYTES ((size_t)64 * 1024)

struct transfer {
    const atomic_bool *stopping;
    size_t answer_bytes;
};

static size_t take_answer(char *data, size_t size, size_t count, void *user)
{
    struct transfer *transfer = user;
    (void)data;
    transfer->answer_bytes += size * count;
    return transfer->answer_bytes <= ANSWER_MAX_BYTES ? size * count : 0;
}

static int go_on(void *user, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                 curl_off_t up)
{
    const struct transfer *transfer = user;
    (void)down_total;
    (void)down;
    (void)up_total;
    (void)up;
    /* Relaxed: it only has to be seen soon. */
    return atomic_load_explicit(transfer->stopping, memory_order_relaxed) ? 1 : 0;
}

bool hae_view_post_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static bool set_protocols(CURL *curl)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
#else
    return curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS)) ==
           CURLE_OK;
#endif
}

static bool set_up(CURL *curl, const char *url, struct curl_slist *headers,
                   struct transfer *transfer, int64_t timeout_ns)
{
    return set_protocols(curl) && curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(timeout_ns / 1000000)) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, go_on) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transfer) == CURLE_OK;
}

/* What a status means; 408, 425 and 429 ask for another try. */
static enum hae_view_delivery delivery_of(long status, char problem[160])
{
    if (status >= 200 && status < 300) {
        return HAE_VIEW_DELIVERED;
    }
    snprintf(problem, 160, "the answer has status %ld", status);
    bool final = status < 500 && status != 408 && status != 425 && status != 429;
    return final ? HAE_VIEW_DELIVERY_REFUSED : HAE_VIEW_DELIVERY_FAILED;
}

enum hae_view_delivery hae_view_post(const char *url, const char *body, size_t length,
                                     int64_t timeout_ns, const atomic_bool *stopping,
                                     char problem[160])
{
    struct transfer transfer = {stopping, 0};
    enum hae_view_delivery delivery = HAE_VIEW_DELIVERY_FAILED;
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    snprintf(problem, 160, "out of memory");
    if (curl != NULL && headers != NULL && set_up(curl, url, headers, &transfer, timeout_ns) &&
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body) == CURLE_OK) {
        long status = 0;
        CURLcode code = curl_easy_perform(curl);
        /* Of a longer answer the status is known all the same. */
        bool cut_off = code == CURLE_WRITE_ERROR && transfer.answer_bytes > ANSWER_MAX_BYTES;
        if (code == CURLE_OK || cut_off) {
            (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
            delivery = delivery_of(status, problem);
        } else {
            snprintf(problem, 160, "%s", curl_easy_strerror(code));
        }
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return delivery;
}

#else

bool hae_view_post_init(void)
{
    return false;
}

enum hae_view_delivery hae_view_post(const char *url, const char *body, size_t length,
                                     int64_t timeout_ns, const atomic_bool *stopping,
                                     char problem[160])
{
    (void)url;
    (void)body;
    (void)length;
    (void)timeout_ns;
    (void)stopping;
    snprintf(problem, 160, "this haetae-view was built without libcurl");
    return HAE_VIEW_DELIVERY_REFUSED;
}

#endif
