/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_http/jaeger_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/trim.h"
#include "otlp_http/json_reader.h"

enum { INTERVAL_MAX_MS = 2147483647 };

static bool is(haetae_string text, const char *wanted)
{
    return text.length == strlen(wanted) && memcmp(text.data, wanted, text.length) == 0;
}

/* A number as JSON has it, in this range. */
static bool read_number(haetae_string text, double least, double most, double *ret_number)
{
    struct hae_json_reader json = hae_json_read(text.data, text.length);

    return hae_json_read_number(&json, ret_number) && hae_json_read_end(&json) &&
           *ret_number >= least && *ret_number <= most;
}

struct argument {
    haetae_string endpoint;
    double interval_ms;
    double probability;
};

/* Reads one member. Returns why it cannot be used, or NULL. */
static const char *read_member(haetae_string key, haetae_string value, struct argument *argument)
{
    if (is(key, "endpoint")) {
        argument->endpoint = value;
    } else if (is(key, "pollingIntervalMs")) {
        return read_number(value, 1, INTERVAL_MAX_MS, &argument->interval_ms)
                   ? NULL
                   : "pollingIntervalMs is no number of milliseconds";
    } else if (is(key, "initialSamplingRate")) {
        return read_number(value, 0, 1, &argument->probability)
                   ? NULL
                   : "initialSamplingRate is no number from 0 to 1";
    }
    return NULL;
}

static const char *read_argument(const char *text, struct argument *argument)
{
    const char *why = NULL;

    while (*text != '\0' && why == NULL) {
        size_t length = strcspn(text, ",");
        const char *equals = memchr(text, '=', length);
        size_t key = equals != NULL ? (size_t)(equals - text) : 0;

        if (equals == NULL) {
            return "expected endpoint=…,pollingIntervalMs=…,initialSamplingRate=…";
        }
        why = read_member(hae_trimmed_header((haetae_string){text, key}),
                          hae_trimmed_header((haetae_string){equals + 1, length - key - 1}),
                          argument);
        text += length + (text[length] == ',');
    }
    return why;
}

/* http:// or https://, a host, and neither a user nor a query. Returns the length of the scheme; 0:
 * it is another. */
static size_t scheme_of(haetae_string endpoint)
{
    size_t length = endpoint.length > 8 && memcmp(endpoint.data, "https://", 8) == 0  ? 8
                    : endpoint.length > 7 && memcmp(endpoint.data, "http://", 7) == 0 ? 7
                                                                                      : 0;

    for (size_t i = 0; i < endpoint.length; i++) {
        if ((unsigned char)endpoint.data[i] <= ' ' || endpoint.data[i] == 0x7f ||
            endpoint.data[i] == '?' || endpoint.data[i] == '#' || endpoint.data[i] == '@') {
            return 0;
        }
    }
    return length;
}

static bool is_unreserved(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("-._~", c) != NULL);
}

static char *make_url(haetae_string endpoint, size_t scheme, haetae_string service)
{
    static const char query[] = "?service=";
    static const char path[] = "/sampling";
    const char *slash = memchr(endpoint.data + scheme, '/', endpoint.length - scheme);
    char *url = malloc(endpoint.length + sizeof path + sizeof query + 3 * service.length);
    size_t at = endpoint.length;

    if (url == NULL) {
        return NULL;
    }
    if (slash == endpoint.data + endpoint.length - 1) {
        at--; /* a path of nothing but a slash */
        slash = NULL;
    }
    memcpy(url, endpoint.data, at);
    at += (size_t)sprintf(url + at, "%s%s", slash == NULL ? path : "", query);
    for (size_t i = 0; i < service.length; i++) {
        char c = service.data[i];

        if (is_unreserved(c)) {
            url[at++] = c;
        } else {
            url[at++] = '%';
            url[at++] = hae_hex_digit((uint8_t)c >> 4);
            url[at++] = hae_hex_digit(c & 15);
        }
    }
    url[at] = '\0';
    return url;
}

haetae_status hae_jaeger_options_read(const char *argument, haetae_string service_name,
                                      struct hae_jaeger_options *ret_options, const char **ret_why)
{
    struct argument read = {{"http://localhost:5778", 21}, 60000, 0.001};
    size_t scheme;
    char *url;

    *ret_why = read_argument(argument, &read);
    scheme = scheme_of(read.endpoint);
    if (*ret_why == NULL && scheme == 0) {
        *ret_why = "endpoint is no http:// or https:// and a host, or has a user or a query";
    }
    if (*ret_why != NULL) {
        return HAETAE_EVALUE;
    }
    url = make_url(read.endpoint, scheme, service_name);
    if (url == NULL) {
        return HAETAE_ENOMEM;
    }
    *ret_options = (struct hae_jaeger_options){url, (int64_t)read.interval_ms, read.probability};
    return HAETAE_OK;
}
