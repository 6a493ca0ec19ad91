/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/sigv4.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "otlp/setopt.h"

static CURLcode set_scope(CURL *easy, const char *scope)
{
#if CURL_AT_LEAST_VERSION(7, 75, 0)
    return curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, scope);
#else
    (void)easy;
    (void)scope;
    return CURLE_UNKNOWN_OPTION;
#endif
}

/* Whether the libcurl of run time signs: it may be older than that of the build, or have less in
 * it. */
static haetae_status try_scope(const char *scope, const char **ret_why)
{
    CURL *easy = curl_easy_init();
    CURLcode code = easy != NULL ? set_scope(easy, scope) : CURLE_OUT_OF_MEMORY;

    curl_easy_cleanup(easy);
    if (code == CURLE_OUT_OF_MEMORY) {
        return HAETAE_ENOMEM;
    }
    *ret_why = "this libcurl cannot sign requests: 7.75 or a later one can";
    return code == CURLE_OK ? HAETAE_OK : HAETAE_EVALUE;
}

/* The length of a name of a region or service in front of a text. */
static size_t name_length(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
}

haetae_status hae_http_sigv4_read_scope(const char *text, char **ret_scope, const char **ret_why)
{
    static const char prefix[] = "aws:amz:";
    size_t region = name_length(text);
    size_t room = sizeof prefix + strlen(text);
    haetae_status status;
    char *scope;

    if (region == 0 || text[region] != '/' || name_length(text + region + 1) == 0 ||
        text[region + 1 + name_length(text + region + 1)] != '\0') {
        *ret_why = "expected region/service, such as eu-west-1/xray";
        return HAETAE_EVALUE;
    }
    scope = malloc(room);
    if (scope == NULL) {
        return HAETAE_ENOMEM;
    }
    snprintf(scope, room, "%s%s", prefix, text);
    scope[sizeof prefix - 1 + region] = ':';
    status = try_scope(scope, ret_why);
    if (status != HAETAE_OK) {
        free(scope);
        return status;
    }
    *ret_scope = scope;
    return HAETAE_OK;
}

void hae_http_sigv4_done(struct hae_http_sigv4 *sigv4)
{
    if (sigv4->key != NULL) {
        explicit_bzero(sigv4->key, strlen(sigv4->key));
    }
    free(sigv4->scope);
    free(sigv4->key_id);
    free(sigv4->key);
}

CURLcode hae_http_sigv4_set(CURL *easy, const struct hae_http_sigv4 *sigv4)
{
    CURLcode code = CURLE_OK;

    if (sigv4->scope != NULL) {
        code = set_scope(easy, sigv4->scope);
        /* Signed requests have no "Expect:" of ours (see options.c), so libcurl announces a large
         * body by "Expect: 100-continue". It waits for the answer no longer than this. */
        SETOPT(CURLOPT_EXPECT_100_TIMEOUT_MS, 1L);
        SETOPT(CURLOPT_USERNAME, sigv4->key_id);
        SETOPT(CURLOPT_PASSWORD, sigv4->key);
    }
    return code;
}
