/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "otlp/headers.h"
#include "otlp/keys.h"
#include "otlp/option.h"
#include "otlp/own_options.h"
#include "otlp/url.h"

static const char prefix[] = "OTEL_EXPORTER_OTLP_";

static const char *const codec_names[HAE_HTTP_CODEC_COUNT] = {
    [HAE_HTTP_PLAIN] = "none",
    [HAE_HTTP_GZIP] = "gzip",
    [HAE_HTTP_ZSTD] = "zstd",
};

/* Whether an option has the default of its key, which neither code nor environment has set. */
static bool is_default(const struct hae_http_reader *reader, const struct hae_http_option *option,
                       const char *default_value)
{
    return !option->of_signal && !haetae_config_is_set(reader->config, option->key) &&
           strcmp(hae_http_option_value(reader, option), default_value) == 0;
}

static haetae_status read_protocol(const struct hae_http_reader *reader)
{
    struct hae_http_option option;
    haetae_status status = hae_http_option_find(reader, prefix, "PROTOCOL", &option);
    char why[64];

    /* A protocol that nobody has set is another exporter's default. */
    if (status != HAETAE_OK ||
        strcmp(hae_http_option_value(reader, &option), reader->protocol->name) == 0 ||
        is_default(reader, &option, HAE_HTTP_PROTOCOL_DEFAULT)) {
        return status;
    }
    snprintf(why, sizeof why, "this exporter speaks %s only", reader->protocol->name);
    return hae_http_option_refuse(reader, &option, why);
}

/* The URL for an endpoint whose protocol says what it looks like. */
static haetae_status complete_url(const struct hae_http_reader *reader, const char *endpoint,
                                  const char **ret_why)
{
    struct hae_http_option option;
    bool insecure = false;
    char *base = NULL;
    haetae_status status = hae_http_option_find(reader, prefix, "INSECURE", &option);

    if (status == HAETAE_OK) {
        status = haetae_config_get_bool(reader->config, option.key, &insecure);
    }
    if (status == HAETAE_OK) {
        status = reader->protocol->binding->complete_endpoint(endpoint, insecure, &base, ret_why);
    }
    if (status == HAETAE_OK) {
        status = hae_http_url_new(base, reader->protocol->paths[reader->signal],
                                  &reader->target->secrets, &reader->target->url, ret_why);
    }
    free(base);
    return status;
}

static haetae_status make_url(const struct hae_http_reader *reader, const char *endpoint,
                              bool of_signal, const char **ret_why)
{
    if (reader->protocol->binding->complete_endpoint != NULL) {
        return complete_url(reader, endpoint, ret_why);
    }
    return hae_http_url_new(endpoint, of_signal ? NULL : reader->protocol->paths[reader->signal],
                            &reader->target->secrets, &reader->target->url, ret_why);
}

/* The URL for an endpoint that is a Unix socket. */
static haetae_status make_socket_url(const struct hae_http_reader *reader, const char *endpoint,
                                     bool of_signal, const char **ret_why)
{
    char *url = NULL;
    haetae_status status = hae_http_socket_read(endpoint, &reader->target->socket, &url, ret_why);

    if (status == HAETAE_OK) {
        status = make_url(reader, url, of_signal, ret_why);
    }
    free(url);
    return status;
}

static haetae_status read_endpoint(const struct hae_http_reader *reader)
{
    const struct hae_http_binding *binding = reader->protocol->binding;
    struct hae_http_option option;
    const char *reason = "";
    const char *endpoint;
    haetae_status status = hae_http_option_find(reader, prefix, "ENDPOINT", &option);

    if (status != HAETAE_OK) {
        return status;
    }
    endpoint = hae_http_option_value(reader, &option);
    if (binding->default_endpoint != NULL &&
        is_default(reader, &option, HAE_HTTP_ENDPOINT_DEFAULT)) {
        endpoint = binding->default_endpoint;
    }
    status = hae_http_socket_is(endpoint)
                 ? make_socket_url(reader, endpoint, option.of_signal, &reason)
                 : make_url(reader, endpoint, option.of_signal, &reason);
    if (status == HAETAE_EVALUE) {
        char why[160];

        snprintf(why, sizeof why, "not an endpoint: %s", reason);
        return hae_http_option_refuse(reader, &option, why);
    }
    return status == HAETAE_OK ? hae_http_url_add_proxies(&reader->target->secrets) : status;
}

static haetae_status read_timeout(const struct hae_http_reader *reader)
{
    struct hae_http_option option;
    int64_t timeout_ms;
    haetae_status status = hae_http_option_find(reader, prefix, "TIMEOUT", &option);

    if (status == HAETAE_OK) {
        status = haetae_config_get_int(reader->config, option.key, &timeout_ms);
    }
    if (status == HAETAE_OK) {
        reader->target->timeout_ms = (long)timeout_ms;
    }
    return status;
}

static haetae_status read_compression(const struct hae_http_reader *reader)
{
    struct hae_http_option option;
    haetae_status status = hae_http_option_find(reader, prefix, "COMPRESSION", &option);

    if (status != HAETAE_OK) {
        return status;
    }
    for (int codec = 0; codec < HAE_HTTP_CODEC_COUNT; codec++) {
        if (strcmp(hae_http_option_value(reader, &option), codec_names[codec]) == 0) {
            reader->target->codec = (enum hae_http_codec)codec;
        }
    }
    if (reader->target->codec != HAE_HTTP_PLAIN &&
        reader->protocol->binding->codec_lines[reader->target->codec] == NULL) {
        char why[64];

        snprintf(why, sizeof why, "%s has no compression of this name", reader->protocol->name);
        return hae_http_option_refuse(reader, &option, why);
    }
    if (reader->target->codec == HAE_HTTP_ZSTD && !hae_http_zstd_is_built()) {
        return hae_http_option_refuse(reader, &option, "this exporter was built without libzstd");
    }
    return HAETAE_OK;
}

static haetae_status add_own_headers(const struct hae_http_reader *reader)
{
    haetae_status status =
        hae_http_headers_add(&reader->target->headers, reader->protocol->content_type);

    /* Empty, or libcurl waits for a "100 Continue". Up to some version it signs the line, which it
     * does not send. */
    if (status == HAETAE_OK && haetae_config_get(reader->config, HAE_HTTP_SIGV4_KEY)[0] == '\0') {
        status = hae_http_headers_add(&reader->target->headers, "Expect:");
    }
    if (status == HAETAE_OK && reader->protocol->binding->add_headers != NULL) {
        status = reader->protocol->binding->add_headers(reader->target);
    }
    return status;
}

static haetae_status read_headers(const struct hae_http_reader *reader)
{
    struct hae_http_target *target = reader->target;
    struct hae_http_option option;
    const char *reason = "";
    unsigned entry = 0;
    haetae_status status = hae_http_option_find(reader, prefix, "HEADERS", &option);

    if (status == HAETAE_OK) {
        status = add_own_headers(reader);
    }
    if (status != HAETAE_OK) {
        return status;
    }
    status =
        hae_http_headers_parse(hae_http_option_value(reader, &option), reader->protocol->binding,
                               &target->headers, &target->secrets, &reason, &entry);
    if (status == HAETAE_EVALUE) {
        char why[160];

        snprintf(why, sizeof why, "entry %u: %s", entry, reason);
        return hae_http_option_refuse(reader, &option, why);
    }
    for (int codec = 0; codec < HAE_HTTP_CODEC_COUNT; codec++) {
        target->encoded[codec] =
            (struct curl_slist){reader->protocol->binding->codec_lines[codec], target->headers};
    }
    return status;
}

static haetae_status read_file_name(const struct hae_http_reader *reader, const char *name,
                                    char **ret_path)
{
    struct hae_http_option option;
    haetae_status status = hae_http_option_find(reader, prefix, name, &option);
    char buffer[HAE_HTTP_TLS_WHY_BYTES];
    const char *path;
    const char *why;

    if (status != HAETAE_OK) {
        return status;
    }
    path = hae_http_option_value(reader, &option);
    if (path[0] == '\0') {
        return HAETAE_OK;
    }
    why = hae_http_tls_check_file(path, buffer);
    if (why != NULL) {
        return hae_http_option_refuse(reader, &option, why);
    }
    *ret_path = strdup(path);
    return *ret_path != NULL ? HAETAE_OK : HAETAE_ENOMEM;
}

static haetae_status read_certificate(const struct hae_http_reader *reader)
{
    return read_file_name(reader, "CERTIFICATE", &reader->target->tls.ca_file);
}

static haetae_status read_client_certificate(const struct hae_http_reader *reader)
{
    return read_file_name(reader, "CLIENT_CERTIFICATE", &reader->target->tls.certificate_file);
}

static haetae_status read_client_key(const struct hae_http_reader *reader)
{
    struct hae_http_option option;
    haetae_status status = hae_http_option_find(reader, prefix, "CLIENT_KEY", &option);

    if (status != HAETAE_OK) {
        return status;
    }
    if (hae_http_option_value(reader, &option)[0] != '\0' &&
        reader->target->tls.certificate_file == NULL) {
        return hae_http_option_refuse(reader, &option,
                                      "a key without OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE");
    }
    return read_file_name(reader, "CLIENT_KEY", &reader->target->tls.key_file);
}

static haetae_status read_target(const struct hae_http_reader *reader)
{
    /* A certificate comes before the key that needs it. */
    static haetae_status (*const readers[])(const struct hae_http_reader *) = {
        read_protocol,           read_endpoint,   read_timeout,
        read_compression,        read_headers,    read_certificate,
        read_client_certificate, read_client_key, hae_http_read_own_options};
    haetae_status status = HAETAE_OK;

    for (size_t i = 0; i < sizeof readers / sizeof readers[0] && status == HAETAE_OK; i++) {
        status = readers[i](reader);
    }
    return status;
}

haetae_status hae_http_options_init(struct hae_http_options *options,
                                    const struct hae_http_protocol *protocol, haetae_config *config,
                                    uint32_t signals)
{
    struct hae_http_options read = {0};

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct hae_http_reader reader = {protocol, config, signal, &read.targets[signal]};
        haetae_status status = (signals >> signal & 1) != 0 ? read_target(&reader) : HAETAE_OK;

        if (status != HAETAE_OK) {
            hae_http_options_done(&read);
            return status;
        }
    }
    *options = read;
    return HAETAE_OK;
}

void hae_http_options_done(struct hae_http_options *options)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        hae_http_target_done(&options->targets[signal]);
    }
}
