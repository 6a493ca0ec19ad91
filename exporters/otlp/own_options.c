/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/own_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/privilege.h"
#include "haetae/version.h"
#include "otlp/headers.h"
#include "otlp/keys.h"
#include "otlp/secrets.h"
#include "otlp/target.h"
#include "otlp/token.h"

static const char prefix[] = "HAETAE_OTLP_";

static const char own_product[] = "OTel-OTLP-Exporter-C-haetae/" HAETAE_VERSION;

/* Whether a text can stand in User-Agent: printable ASCII. The configuration refuses control
 * characters; other bytes would be read by each receiver in its own way. */
static bool is_product(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text > '~') {
            return false;
        }
    }
    return true;
}

/* Specification: "OpenTelemetry Protocol Exporter", "User Agent": the identifier of a product comes
 * before the exporter's own. */
static haetae_status read_user_agent(const struct hae_http_reader *reader)
{
    struct hae_http_option option;
    haetae_status status = hae_http_option_find_general(reader, "HAETAE_OTLP_USER_AGENT", &option);
    const char *product;
    size_t length;
    char *text;

    if (status != HAETAE_OK) {
        return status;
    }
    product = hae_http_option_value(reader, &option);
    if (!is_product(product)) {
        return hae_http_option_refuse(reader, &option, "it must be printable ASCII");
    }
    length = strlen(product);
    text = malloc(length + 1 + sizeof own_product);
    if (text == NULL) {
        return HAETAE_ENOMEM;
    }
    memcpy(text, product, length);
    if (length > 0) {
        text[length++] = ' ';
    }
    memcpy(text + length, own_product, sizeof own_product);
    reader->target->user_agent = text;
    return HAETAE_OK;
}

static haetae_status read_response_max(const struct hae_http_reader *reader)
{
    struct hae_http_option option;
    int64_t bytes;
    haetae_status status = hae_http_option_find(reader, prefix, "RESPONSE_MAX_BYTES", &option);

    if (status == HAETAE_OK) {
        status = haetae_config_get_int(reader->config, option.key, &bytes);
    }
    if (status == HAETAE_OK) {
        reader->target->response_max_bytes = (size_t)bytes;
    }
    return status;
}

static haetae_status read_tls_version(const struct hae_http_reader *reader)
{
    static const long versions[] = {CURL_SSLVERSION_TLSv1_2, CURL_SSLVERSION_TLSv1_3};
    int64_t index;
    haetae_status status =
        haetae_config_get_int(reader->config, "HAETAE_OTLP_TLS_MIN_VERSION", &index);

    if (status == HAETAE_OK) {
        reader->target->tls.least_version = versions[index];
    }
    return status;
}

/* Reads one of the variables by which programs that use OpenSSL are told whom to trust. */
static haetae_status read_variable(const struct hae_http_reader *reader, const char *name,
                                   const char *(*check)(const char *, char *), char **ret_path)
{
    char buffer[HAE_HTTP_TLS_WHY_BYTES];
    const char *path = getenv(name);
    const char *why = path != NULL && path[0] != '\0' ? check(path, buffer) : NULL;
    char error[512];

    if (path == NULL || path[0] == '\0') {
        return HAETAE_OK;
    }
    if (why != NULL) {
        snprintf(error, sizeof error, "%s=\"%.300s\": %s", name, path, why);
        haetae_config_add_error(reader->config, NULL, error);
        return HAETAE_EVALUE;
    }
    *ret_path = strdup(path);
    return *ret_path != NULL ? HAETAE_OK : HAETAE_ENOMEM;
}

/* libcurl reads none of them, whatever its TLS library does by itself. The option wins. */
static haetae_status read_trust(const struct hae_http_reader *reader)
{
    struct hae_http_tls *tls = &reader->target->tls;
    haetae_status status;

    if (tls->ca_file != NULL || !hae_http_tls_needed(reader->target->url) ||
        hae_has_more_rights()) {
        return HAETAE_OK;
    }
    status = read_variable(reader, "SSL_CERT_FILE", hae_http_tls_check_file, &tls->ca_file);
    return status == HAETAE_OK ? read_variable(reader, "SSL_CERT_DIR",
                                               hae_http_tls_check_directories, &tls->ca_directories)
                               : status;
}

static haetae_status read_token_file(const struct hae_http_reader *reader)
{
    struct hae_http_option option;
    haetae_status status = hae_http_option_find(reader, prefix, "BEARER_TOKEN_FILE", &option);
    char why[HAE_HTTP_TOKEN_WHY_BYTES];
    const char *path;
    char *token = NULL;

    if (status != HAETAE_OK) {
        return status;
    }
    path = hae_http_option_value(reader, &option);
    if (path[0] == '\0') {
        return HAETAE_OK;
    }
    status = hae_http_token_read(path, &token, why);
    hae_http_token_free(token);
    if (status == HAETAE_EVALUE) {
        return hae_http_option_refuse(reader, &option, why);
    }
    if (status == HAETAE_OK) {
        reader->target->token_file = strdup(path);
        status = reader->target->token_file != NULL ? HAETAE_OK : HAETAE_ENOMEM;
    }
    return status;
}

/* ---- AWS -------------------------------------------------------------------------------- */

/* A secret of AWS; without `is_needed` it may be missing. */
static haetae_status read_aws_secret(const struct hae_http_reader *reader, const char *key,
                                     bool is_needed, char **ret_text)
{
    struct hae_http_option option;
    haetae_status status = hae_http_option_find_general(reader, key, &option);
    const char *text;

    if (status != HAETAE_OK) {
        return status;
    }
    text = hae_http_option_value(reader, &option);
    if (text[0] == '\0') {
        return is_needed ? hae_http_option_refuse(reader, &option,
                                                  HAE_HTTP_SIGV4_KEY " needs a value of it")
                         : HAETAE_OK;
    }
    status = hae_http_add_header_value(&reader->target->secrets, text);
    if (status == HAETAE_OK) {
        *ret_text = strdup(text);
        status = *ret_text != NULL ? HAETAE_OK : HAETAE_ENOMEM;
    }
    return status;
}

static haetae_status add_session_token(const struct hae_http_reader *reader)
{
    static const char key[] = "HAETAE_OTLP_AWS_SESSION_TOKEN";
    struct hae_http_target *target = reader->target;
    const char *why = NULL;
    char *token = NULL;
    haetae_status status = read_aws_secret(reader, key, false, &token);

    if (status == HAETAE_OK && token != NULL) {
        status = hae_http_headers_add_pair("X-Amz-Security-Token", token, reader->protocol->binding,
                                           &target->headers, &target->secrets, &why);
    }
    free(token);
    if (status == HAETAE_EVALUE && why != NULL) {
        haetae_config_add_error(reader->config, key, why);
    }
    return status;
}

/* What does not go with a signature; NULL: nothing. */
static const char *find_conflict(const struct hae_http_reader *reader)
{
    const struct hae_http_target *target = reader->target;
    const char *authority = strstr(target->url, "://") + 3;

    if (reader->protocol->binding->prefix_bytes > 0) {
        return "calls of gRPC cannot be signed";
    }
    if (target->token_file != NULL ||
        hae_http_headers_have(target->headers, haetae_string_of("Authorization"))) {
        return "requests that are signed have no other Authorization";
    }
    return memchr(authority, '@', strcspn(authority, "/")) != NULL
               ? "requests that are signed have no user in their endpoint"
               : NULL;
}

static haetae_status read_aws(const struct hae_http_reader *reader)
{
    struct hae_http_sigv4 *sigv4 = &reader->target->sigv4;
    struct hae_http_option option;
    haetae_status status = hae_http_option_find_general(reader, HAE_HTTP_SIGV4_KEY, &option);
    const char *why;

    if (status != HAETAE_OK || hae_http_option_value(reader, &option)[0] == '\0') {
        return status;
    }
    why = find_conflict(reader);
    if (why != NULL) {
        return hae_http_option_refuse(reader, &option, why);
    }
    status = hae_http_sigv4_read_scope(hae_http_option_value(reader, &option), &sigv4->scope, &why);
    if (status == HAETAE_EVALUE) {
        return hae_http_option_refuse(reader, &option, why);
    }
    if (status == HAETAE_OK) {
        status = read_aws_secret(reader, "HAETAE_OTLP_AWS_ACCESS_KEY_ID", true, &sigv4->key_id);
    }
    if (status == HAETAE_OK) {
        status = read_aws_secret(reader, "HAETAE_OTLP_AWS_SECRET_ACCESS_KEY", true, &sigv4->key);
    }
    return status == HAETAE_OK ? add_session_token(reader) : status;
}

/* ---- All -------------------------------------------------------------------------------- */

static haetae_status read_connection(const struct hae_http_reader *reader)
{
    const struct {
        const char *key;
        int64_t *ret_ms;
    } rows[] = {
        {"HAETAE_OTLP_CONNECTION_MAX_AGE_MS", &reader->target->connection_age_ms},
        {"HAETAE_OTLP_CONNECTION_MAX_IDLE_MS", &reader->target->connection_idle_ms},
        {"HAETAE_OTLP_DNS_CACHE_MS", &reader->target->dns_cache_ms},
    };
    haetae_status status = HAETAE_OK;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && status == HAETAE_OK; i++) {
        status = haetae_config_get_int(reader->config, rows[i].key, rows[i].ret_ms);
    }
    return status;
}

haetae_status hae_http_read_own_options(const struct hae_http_reader *reader)
{
    static haetae_status (*const readers[])(const struct hae_http_reader *) = {
        read_user_agent, read_response_max, read_tls_version, read_trust,
        read_token_file, read_aws,          read_connection};
    haetae_status status = HAETAE_OK;

    for (size_t i = 0; i < sizeof readers / sizeof readers[0] && status == HAETAE_OK; i++) {
        status = readers[i](reader);
    }
    return status;
}
