/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the OTLP/HTTP exporter that are parsed: headers and endpoints.
 * Input: a value, which is tried for each option. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "otlp/headers.h"
#include "otlp/response.h"
#include "otlp/text.h"
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
    show_url(value);
    free(value);
    return 0;
}
