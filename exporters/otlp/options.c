/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/options.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "otlp/headers.h"
#include "otlp/url.h"

#define DEFAULT_ENDPOINT   "http://localhost:4318"
#define DEFAULT_TIMEOUT_MS 10000

/* What stands between OTEL_EXPORTER_OTLP_ and an option's name in the key of a signal. */
static const char *const infixes[HAETAE_SIGNAL_COUNT] = {
    [HAETAE_SIGNAL_TRACES] = "TRACES_",
    [HAETAE_SIGNAL_METRICS] = "METRICS_",
    [HAETAE_SIGNAL_LOGS] = "LOGS_",
};

/* One option as it is in force for one signal. */
struct option {
    char key[64];
    const char *value; /* "" when it is not set           */
    bool of_signal;    /* set by the key of the signal    */
    bool secret;       /* its value is not to be shown    */
};

/* What the readers of the options share. */
struct reader {
    const struct hae_http_protocol *protocol;
    const haetae_config *config;
    int signal;
    struct hae_http_target *target;
    struct hae_http_text *error;
};

static const char *get_value(const struct reader *reader, struct option *option, const char *infix,
                             const char *name)
{
    const char *value;

    snprintf(option->key, sizeof option->key, "OTEL_EXPORTER_OTLP_%s%s", infix, name);
    value = haetae_config_get(reader->config, option->key);
    return value != NULL ? value : "";
}

static struct option get_option(const struct reader *reader, const char *name)
{
    struct option option = {.of_signal = true};

    option.value = get_value(reader, &option, infixes[reader->signal], name);
    if (option.value[0] == '\0') {
        option.of_signal = false;
        option.value = get_value(reader, &option, "", name);
    }
    return option;
}

static haetae_status refuse(const struct reader *reader, const struct option *option,
                            const char *why)
{
    hae_http_text_add(reader->error, "%s", option->key);
    if (!option->secret) {
        hae_http_text_add(reader->error, "=\"");
        hae_http_text_add_foreign(reader->error, option->value, strlen(option->value), NULL);
        hae_http_text_add(reader->error, "\"");
    }
    hae_http_text_add(reader->error, ": %s", why);
    return HAETAE_EVALUE;
}

static haetae_status read_endpoint(const struct reader *reader)
{
    struct option option = get_option(reader, "ENDPOINT");
    const char *endpoint = option.value[0] != '\0' ? option.value : DEFAULT_ENDPOINT;
    const char *path = option.of_signal ? NULL : reader->protocol->paths[reader->signal];
    const char *why = "";
    haetae_status status =
        hae_http_url_new(endpoint, path, &reader->target->secrets, &reader->target->url, &why);

    if (status == HAETAE_EVALUE) {
        hae_http_text_add(reader->error, "%s=\"", option.key);
        hae_http_text_add_url(reader->error, option.value);
        hae_http_text_add(reader->error, "\": not an endpoint: %s", why);
    }
    return status;
}

static haetae_status read_headers(const struct reader *reader)
{
    /* The empty Expect keeps libcurl from waiting for a "100 Continue". */
    const char *const ours[] = {reader->protocol->content_type, "Expect:"};
    struct hae_http_target *target = reader->target;
    struct option option = get_option(reader, "HEADERS");
    const char *why = "";
    unsigned entry = 0;
    haetae_status status;

    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        status = hae_http_headers_add(&target->headers, ours[i]);
        if (status != HAETAE_OK) {
            return status;
        }
    }
    if (target->gzip) {
        status = hae_http_headers_add(&target->headers, "Content-Encoding: gzip");
        if (status != HAETAE_OK) {
            return status;
        }
    }
    status = hae_http_headers_parse(option.value, &target->headers, &target->secrets, &why, &entry);
    if (status == HAETAE_EVALUE) {
        hae_http_text_add(reader->error,
                          "%s: entry %u: %s (headers are not shown, as they may be secret)",
                          option.key, entry, why);
    }
    return status;
}

static haetae_status read_timeout(const struct reader *reader)
{
    struct option option = get_option(reader, "TIMEOUT");
    long timeout_ms = 0;

    if (option.value[0] == '\0') {
        reader->target->timeout_ms = DEFAULT_TIMEOUT_MS;
        return HAETAE_OK;
    }
    for (const char *at = option.value; *at != '\0'; at++) {
        if (*at < '0' || *at > '9') {
            return refuse(reader, &option, "not a whole number of milliseconds");
        }
        timeout_ms = timeout_ms * 10 + (*at - '0');
        if (timeout_ms > INT32_MAX) {
            return refuse(reader, &option, "more than 2147483647 milliseconds");
        }
    }
    reader->target->timeout_ms = timeout_ms;
    return HAETAE_OK;
}

static haetae_status read_compression(const struct reader *reader)
{
    struct option option = get_option(reader, "COMPRESSION");

    reader->target->gzip = strcasecmp(option.value, "gzip") == 0;
    if (!reader->target->gzip && option.value[0] != '\0' && strcasecmp(option.value, "none") != 0) {
        return refuse(reader, &option, "neither none nor gzip");
    }
    return HAETAE_OK;
}

static haetae_status read_protocol(const struct reader *reader)
{
    struct option option = get_option(reader, "PROTOCOL");

    if (option.value[0] != '\0' && strcasecmp(option.value, reader->protocol->name) != 0) {
        char why[64];

        snprintf(why, sizeof why, "this exporter speaks %s only", reader->protocol->name);
        return refuse(reader, &option, why);
    }
    return HAETAE_OK;
}

static haetae_status read_file_name(const struct reader *reader, struct option option,
                                    char **ret_path)
{
    char buffer[HAE_HTTP_TLS_WHY_BYTES];
    const char *why;

    if (option.value[0] == '\0') {
        return HAETAE_OK;
    }
    why = hae_http_tls_check_file(option.value, buffer);
    if (why != NULL) {
        return refuse(reader, &option, why);
    }
    *ret_path = strdup(option.value);
    return *ret_path != NULL ? HAETAE_OK : HAETAE_ENOMEM;
}

static haetae_status read_certificate(const struct reader *reader)
{
    return read_file_name(reader, get_option(reader, "CERTIFICATE"), &reader->target->tls.ca_file);
}

static haetae_status read_client_certificate(const struct reader *reader)
{
    return read_file_name(reader, get_option(reader, "CLIENT_CERTIFICATE"),
                          &reader->target->tls.certificate_file);
}

static haetae_status read_client_key(const struct reader *reader)
{
    struct option option = get_option(reader, "CLIENT_KEY");

    /* A path, but the key itself is easily put in its place. */
    option.secret = true;
    if (option.value[0] != '\0' && reader->target->tls.certificate_file == NULL) {
        return refuse(reader, &option, "a key without OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE");
    }
    return read_file_name(reader, option, &reader->target->tls.key_file);
}

static void target_done(struct hae_http_target *target)
{
    free(target->url);
    curl_slist_free_all(target->headers);
    curl_slist_free_all(target->secrets);
    hae_http_tls_done(&target->tls);
}

haetae_status hae_http_options_init(struct hae_http_options *options,
                                    const struct hae_http_protocol *protocol,
                                    const haetae_config *config, struct hae_http_text *error)
{
    /* Compression comes before the headers that it adds to, a certificate
     * before the key that needs it. */
    static haetae_status (*const readers[])(const struct reader *) = {
        read_protocol,    read_endpoint,           read_timeout,   read_compression, read_headers,
        read_certificate, read_client_certificate, read_client_key};
    struct hae_http_options read = {0};

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct reader reader = {protocol, config, signal, &read.targets[signal], error};

        for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
            haetae_status status = readers[i](&reader);

            if (status != HAETAE_OK) {
                hae_http_options_done(&read);
                return status;
            }
        }
    }
    *options = read;
    return HAETAE_OK;
}

void hae_http_options_done(struct hae_http_options *options)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        target_done(&options->targets[signal]);
    }
}
