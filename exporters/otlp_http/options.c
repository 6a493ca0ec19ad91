/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "headers.h"
#include "url.h"

#define DEFAULT_ENDPOINT   "http://localhost:4318"
#define DEFAULT_TIMEOUT_MS 10000

static const struct {
    const char *infix; /* between OTEL_EXPORTER_OTLP_ and the option's name */
    const char *path;
} signals[HAETAE_SIGNAL_COUNT] = {
    [HAETAE_SIGNAL_TRACES] = {"TRACES_", "v1/traces"},
    [HAETAE_SIGNAL_METRICS] = {"METRICS_", "v1/metrics"},
    [HAETAE_SIGNAL_LOGS] = {"LOGS_", "v1/logs"},
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

    option.value = get_value(reader, &option, signals[reader->signal].infix, name);
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
    const char *path = option.of_signal ? NULL : signals[reader->signal].path;
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
    static const char *const ours[] = {"Content-Type: application/x-protobuf", "Expect:"};
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

    if (option.value[0] != '\0' && strcasecmp(option.value, "http/protobuf") != 0) {
        return refuse(reader, &option, "this exporter speaks http/protobuf only");
    }
    return HAETAE_OK;
}

/* Whether an open file has the look of PEM; what it is worth is for the TLS
 * library to find out. */
static bool is_pem(int file)
{
    static const char begin[] = "-----BEGIN ";
    enum { KEPT = sizeof begin - 2 }; /* one that is cut by the end of a chunk */
    char chunk[KEPT + 4096];
    size_t kept = 0;
    ssize_t count;

    while ((count = read(file, chunk + kept, sizeof chunk - kept)) > 0) {
        size_t size = kept + (size_t)count;

        if (memmem(chunk, size, begin, sizeof begin - 1) != NULL) {
            return true;
        }
        kept = size < KEPT ? size : KEPT;
        memmove(chunk, chunk + size - kept, kept);
    }
    return false;
}

static haetae_status check_pem_file(const struct reader *reader, const struct option *option)
{
    /* Non-blocking, or a pipe would keep us waiting for its other end. */
    int file = open(option->value, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat facts;
    haetae_status status = HAETAE_OK;

    if (file < 0) {
        char why[80];

        snprintf(why, sizeof why, "%m");
        return refuse(reader, option, why);
    }
    if (fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        status = refuse(reader, option, "not a regular file");
    } else if (!is_pem(file)) {
        status = refuse(reader, option, "not a PEM file");
    }
    close(file);
    return status;
}

static haetae_status read_file_name(const struct reader *reader, struct option option,
                                    char **ret_path)
{
    haetae_status status;

    if (option.value[0] == '\0') {
        return HAETAE_OK;
    }
    status = check_pem_file(reader, &option);
    if (status != HAETAE_OK) {
        return status;
    }
    *ret_path = strdup(option.value);
    return *ret_path != NULL ? HAETAE_OK : HAETAE_ENOMEM;
}

static haetae_status read_certificate(const struct reader *reader)
{
    return read_file_name(reader, get_option(reader, "CERTIFICATE"), &reader->target->ca_file);
}

static haetae_status read_client_certificate(const struct reader *reader)
{
    return read_file_name(reader, get_option(reader, "CLIENT_CERTIFICATE"),
                          &reader->target->certificate_file);
}

static haetae_status read_client_key(const struct reader *reader)
{
    struct option option = get_option(reader, "CLIENT_KEY");

    /* A path, but the key itself is easily put in its place. */
    option.secret = true;
    if (option.value[0] != '\0' && reader->target->certificate_file == NULL) {
        return refuse(reader, &option, "a key without OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE");
    }
    return read_file_name(reader, option, &reader->target->key_file);
}

static void target_done(struct hae_http_target *target)
{
    free(target->url);
    curl_slist_free_all(target->headers);
    curl_slist_free_all(target->secrets);
    free(target->ca_file);
    free(target->key_file);
    free(target->certificate_file);
}

haetae_status hae_http_options_init(struct hae_http_options *options, const haetae_config *config,
                                    struct hae_http_text *error)
{
    /* Compression comes before the headers that it adds to, a certificate
     * before the key that needs it. */
    static haetae_status (*const readers[])(const struct reader *) = {
        read_protocol,    read_endpoint,           read_timeout,   read_compression, read_headers,
        read_certificate, read_client_certificate, read_client_key};
    struct hae_http_options read = {0};

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct reader reader = {config, signal, &read.targets[signal], error};

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
