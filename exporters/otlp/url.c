/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/url.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "otlp/secrets.h"

/* Where the authority begins: after "http://" or "https://". NULL: there is no such scheme. */
static const char *skip_scheme(const char *url)
{
    static const char *const schemes[] = {"http://", "https://"};

    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t length = strlen(schemes[i]);

        if (strncasecmp(url, schemes[i], length) == 0) {
            return url + length;
        }
    }
    return NULL;
}

/* libcurl has texts for these codes only since 7.80. */
static const char *why_refused(CURLUcode code)
{
    switch (code) {
    case CURLUE_BAD_PORT_NUMBER:
        return "its port is not a number from 0 to 65535";
    case CURLUE_URLDECODE:
        return "its user name or password cannot be decoded";
    case CURLUE_NO_HOST:
        return "there is no host in it";
    default:
        return "it or its host name is malformed";
    }
}

static haetae_status refused(CURLUcode code, const char **ret_why)
{
    if (code == CURLUE_OUT_OF_MEMORY) {
        return HAETAE_ENOMEM;
    }
    *ret_why = why_refused(code);
    return HAETAE_EVALUE;
}

/* A part of the user information, decoded; for curl_free(). NULL: there is none. User information
 * that cannot be decoded is refused: it could neither be used nor hidden. */
static haetae_status get_part(CURLU *parsed, CURLUPart part, char **ret_text, const char **ret_why)
{
    CURLUcode code = curl_url_get(parsed, part, ret_text, CURLU_URLDECODE);

    if (code == CURLUE_OK) {
        return HAETAE_OK;
    }
    *ret_text = NULL;
    return code == CURLUE_NO_USER || code == CURLUE_NO_PASSWORD ? HAETAE_OK
                                                                : refused(code, ret_why);
}

static haetae_status add_user_info(CURLU *parsed, struct curl_slist **secrets, const char **ret_why)
{
    char *user = NULL;
    char *password = NULL;
    haetae_status status = get_part(parsed, CURLUPART_USER, &user, ret_why);

    if (status == HAETAE_OK) {
        status = get_part(parsed, CURLUPART_PASSWORD, &password, ret_why);
    }
    if (status == HAETAE_OK && (user != NULL || password != NULL)) {
        status = hae_http_add_credentials(secrets, user != NULL ? user : "",
                                          password != NULL ? password : "");
    }
    curl_free(user);
    curl_free(password);
    return status;
}

static haetae_status try_check(const char *url, unsigned flags, struct curl_slist **secrets,
                               const char **ret_why)
{
    CURLU *parsed = curl_url();
    CURLUcode code;
    haetae_status status;

    if (parsed == NULL) {
        return HAETAE_ENOMEM;
    }
    code = curl_url_set(parsed, CURLUPART_URL, url, flags);
    status = code != CURLUE_OK ? refused(code, ret_why) : add_user_info(parsed, secrets, ret_why);
    curl_url_cleanup(parsed);
    return status;
}

/* Has libcurl check a URL, since libcurl will use it. A second time if it refuses: it reports some
 * failed allocations as malformed user information. */
static haetae_status check(const char *url, unsigned flags, struct curl_slist **secrets,
                           const char **ret_why)
{
    haetae_status status = try_check(url, flags, secrets, ret_why);

    return status == HAETAE_EVALUE ? try_check(url, flags, secrets, ret_why) : status;
}

/* The user information of what is no URL: libcurl repeats it when it refuses the proxy. */
static haetae_status add_raw_user_info(const char *proxy, struct curl_slist **secrets)
{
    size_t scheme = strcspn(proxy, ":/@");
    const char *start = strncmp(proxy + scheme, "://", 3) == 0 ? proxy + scheme + 3 : proxy;
    char *user = strndup(start, (size_t)(strrchr(start, '@') - start));
    char *colon = user != NULL ? strchr(user, ':') : NULL;
    haetae_status status = HAETAE_ENOMEM;

    if (colon != NULL) {
        *colon = '\0';
    }
    if (user != NULL) {
        status = hae_http_add_credentials(secrets, user, colon != NULL ? colon + 1 : "");
    }
    free(user);
    return status;
}

haetae_status hae_http_url_add_proxies(struct curl_slist **secrets)
{
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY"};
    haetae_status status = HAETAE_OK;
    const char *ignored;

    for (size_t i = 0; i < sizeof names / sizeof names[0] && status == HAETAE_OK; i++) {
        const char *proxy = getenv(names[i]);

        if (proxy != NULL && strchr(proxy, '@') != NULL) {
            status =
                check(proxy, CURLU_DEFAULT_SCHEME | CURLU_NON_SUPPORT_SCHEME, secrets, &ignored);
            if (status == HAETAE_EVALUE) {
                status = add_raw_user_info(proxy, secrets);
            }
        }
    }
    return status;
}

haetae_status hae_http_url_new(const char *endpoint, const char *relative_path,
                               struct curl_slist **secrets, char **ret_url, const char **ret_why)
{
    const char *authority = skip_scheme(endpoint);
    const char *path_end;
    size_t head_size, tail_size, added_size;
    bool slash;
    haetae_status status;
    char *url, *at;

    if (authority == NULL) {
        *ret_why = "it must begin with http://, https:// or unix:";
        return HAETAE_EVALUE;
    }
    if (authority[0] == '/') {
        /* libcurl would use the first part of the path as the host. */
        *ret_why = "there is no host in it";
        return HAETAE_EVALUE;
    }
    status = check(endpoint, CURLU_PATH_AS_IS, secrets, ret_why);
    if (status == HAETAE_OK) {
        status = hae_http_add_query(secrets, endpoint);
    }
    if (status != HAETAE_OK) {
        return status;
    }

    path_end = authority + strcspn(authority, "?#");
    /* A general endpoint needs a slash before the relative path. An endpoint of a signal needs one
     * only if it has no path. */
    slash = relative_path != NULL ? path_end[-1] != '/' || path_end == authority
                                  : memchr(authority, '/', (size_t)(path_end - authority)) == NULL;
    head_size = (size_t)(path_end - endpoint);
    added_size = relative_path != NULL ? strlen(relative_path) : 0;
    tail_size = strlen(path_end) + 1;

    url = malloc(head_size + slash + added_size + tail_size);
    if (url == NULL) {
        return HAETAE_ENOMEM;
    }
    at = mempcpy(url, endpoint, head_size);
    if (slash) {
        *at++ = '/';
    }
    if (added_size > 0) {
        at = mempcpy(at, relative_path, added_size);
    }
    memcpy(at, path_end, tail_size);
    *ret_url = url;
    return HAETAE_OK;
}
