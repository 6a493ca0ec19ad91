/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the OTLP/HTTP exporter that are parsed: headers, endpoints, what is signed for.
 * Input: a value, which is tried for each option. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "otlp/headers.h"
#include "otlp/response.h"
#include "otlp/sigv4.h"
#include "otlp/text.h"
#include "otlp/unix_socket.h"
#include "otlp/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* A header line must not become two. */
static void check_lines(const struct curl_slist *lines)
{
    for (; lines != NULL; lines = lines->next) {
        check(strpbrk(lines->data, "\r\n") == NULL);
        check(strpbrk(lines->data, ":;") != NULL);
    }
}

static void parse_headers(const char *option)
{
    struct curl_slist *headers = NULL;
    struct curl_slist *secrets = NULL;
    const char *why = NULL;
    unsigned entry = 0;
    haetae_status status =
        hae_http_headers_parse(option, &hae_http_plain, &headers, &secrets, &why, &entry);
    check(status == HAETAE_OK || status == HAETAE_EVALUE);
    check(status == HAETAE_OK || (why != NULL && entry > 0));
    check_lines(headers);
    curl_slist_free_all(headers);
    curl_slist_free_all(secrets);
}

static void parse_url(const char *endpoint, const char *relative_path)
{
    struct curl_slist *secrets = NULL;
    const char *why = NULL;
    char *url = NULL;
    haetae_status status = hae_http_url_new(endpoint, relative_path, &secrets, &url, &why);
    check(status == HAETAE_OK || status == HAETAE_EVALUE);
    check((status == HAETAE_OK) == (url != NULL));
    if (url != NULL) {
        check(strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0);
        check(strpbrk(url, " \r\n\t") == NULL);
    } else {
        check(why != NULL);
    }
    free(url);
    curl_slist_free_all(secrets);
}

/* A socket leads to this host alone, whatever stands behind it. */
static void parse_socket(const char *endpoint)
{
    struct hae_http_socket socket = {0};
    const char *why = NULL;
    char *url = NULL;
    haetae_status status;

    if (!hae_http_socket_is(endpoint)) {
        return;
    }
    status = hae_http_socket_read(endpoint, &socket, &url, &why);
    check(status == HAETAE_OK || status == HAETAE_EVALUE);
    check((status == HAETAE_OK) == (url != NULL && socket.name != NULL));
    check(status == HAETAE_OK || why != NULL);
    if (url != NULL) {
        const char *path = url + strlen("http://localhost");
        char buffer[64];
        struct hae_http_text text;

        check(strncmp(url, "http://localhost", strlen("http://localhost")) == 0);
        check(path[0] == '\0' || path[0] == '/');
        check(strlen(socket.name) > 0 && strlen(socket.name) < 108);
        hae_http_text_init(&text, buffer, sizeof buffer);
        hae_http_socket_add_text(&socket, url, &text);
        check(strlen(buffer) == text.size_bytes);
    }
    free(url);
    hae_http_socket_done(&socket);
}

/* As a program's own header, whose name is a token by then. */
static void add_pair(const char *value)
{
    struct curl_slist *headers = NULL;
    struct curl_slist *secrets = NULL;
    const char *why = NULL;
    haetae_status status =
        hae_http_headers_add_pair("x-token", value, &hae_http_plain, &headers, &secrets, &why);

    check(status == HAETAE_OK || (status == HAETAE_EVALUE && why != NULL && headers == NULL));
    check_lines(headers);
    curl_slist_free_all(headers);
    curl_slist_free_all(secrets);
}

static void parse_scope(const char *text)
{
    const char *why = NULL;
    char *scope = NULL;
    haetae_status status = hae_http_sigv4_read_scope(text, &scope, &why);

    check((status == HAETAE_OK && scope != NULL) || (status == HAETAE_EVALUE && why != NULL));
    check(scope == NULL || strlen(scope) == strlen("aws:amz:") + strlen(text));
    free(scope);
}

static void show_url(const char *url)
{
    char buffer[64];
    struct hae_http_text text;
    hae_http_text_init(&text, buffer, sizeof buffer);
    hae_http_text_add_url(&text, url);
    check(strlen(buffer) == text.size_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *value = malloc(size + 1);
    if (value == NULL)
        return 0;
    if (size > 0)
        memcpy(value, data, size);
    value[size] = '\0';
    parse_headers(value);
    parse_url(value, "v1/traces");
    parse_url(value, NULL);
    parse_socket(value);
    add_pair(value);
    parse_scope(value);
    show_url(value);
    free(value);
    return 0;
}
