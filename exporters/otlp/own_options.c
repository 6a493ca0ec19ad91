/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/own_options.h"

#include <stdlib.h>
#include <string.h>

#include "haetae/version.h"
#include "otlp/target.h"

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

haetae_status hae_http_read_own_options(const struct hae_http_reader *reader)
{
    static haetae_status (*const readers[])(const struct hae_http_reader *) = {
        read_user_agent, read_response_max, read_tls_version};
    haetae_status status = HAETAE_OK;

    for (size_t i = 0; i < sizeof readers / sizeof readers[0] && status == HAETAE_OK; i++) {
        status = readers[i](reader);
    }
    return status;
}
