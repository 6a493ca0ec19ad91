/* SPDX-License-Identifier: Apache-2.0 */
#include "security.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "keys.h"

static haetae_status set_file(const struct hae_kafka_setter *setter, const char *key,
                              const char *property)
{
    haetae_status status = haetae_config_require(setter->config, key);
    const char *path = haetae_config_get(setter->config, key);
    int file;

    if (status != HAETAE_OK || path == NULL || path[0] == '\0') {
        return status;
    }
    file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0) {
        return hae_kafka_refuse(setter, key, strerror(errno));
    }
    close(file);
    return hae_kafka_set(setter, key, property, path);
}

static haetae_status read_tls(const struct hae_kafka_setter *setter)
{
    haetae_status status = set_file(setter, HAE_KAFKA_KEY_CERTIFICATE, "ssl.ca.location");

    if (status == HAETAE_OK) {
        status = set_file(setter, HAE_KAFKA_KEY_CLIENT_CERTIFICATE, "ssl.certificate.location");
    }
    if (status == HAETAE_OK) {
        status = set_file(setter, HAE_KAFKA_KEY_CLIENT_KEY, "ssl.key.location");
    }
    if (status == HAETAE_OK && hae_kafka_has_text(setter, HAE_KAFKA_KEY_CLIENT_CERTIFICATE) !=
                                   hae_kafka_has_text(setter, HAE_KAFKA_KEY_CLIENT_KEY)) {
        return hae_kafka_refuse(setter,
                                hae_kafka_has_text(setter, HAE_KAFKA_KEY_CLIENT_KEY)
                                    ? HAE_KAFKA_KEY_CLIENT_KEY
                                    : HAE_KAFKA_KEY_CLIENT_CERTIFICATE,
                                "certificate and key need each other");
    }
    return status;
}

enum mechanism { NO_MECHANISM, PLAIN, SCRAM_SHA_256, SCRAM_SHA_512, GSSAPI, OAUTHBEARER };

/* A password without a user, or without a mechanism that uses it, would not be sent. */
static const char *misplaced_login(const struct hae_kafka_setter *setter, enum mechanism mechanism)
{
    bool needs = mechanism == PLAIN || mechanism == SCRAM_SHA_256 || mechanism == SCRAM_SHA_512;
    static const char *const keys[] = {HAE_KAFKA_KEY_SASL_USERNAME, HAE_KAFKA_KEY_SASL_PASSWORD};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (hae_kafka_has_text(setter, keys[i]) != needs) {
            return keys[i];
        }
    }
    return NULL;
}

static haetae_status read_login(const struct hae_kafka_setter *setter)
{
    static const char *const names[] = {NULL,     "PLAIN",      "SCRAM-SHA-256", "SCRAM-SHA-512",
                                        "GSSAPI", "OAUTHBEARER"};
    enum mechanism mechanism =
        (enum mechanism)hae_kafka_int_of(setter, HAE_KAFKA_KEY_SASL_MECHANISM);
    haetae_status status = haetae_config_require(setter->config, HAE_KAFKA_KEY_SASL_PASSWORD);
    const char *misplaced = misplaced_login(setter, mechanism);

    if (status != HAETAE_OK) {
        return status;
    }
    if (misplaced != NULL) {
        return hae_kafka_refuse(setter, misplaced,
                                "user and password go with the mechanisms plain and scram "
                                "of " HAE_KAFKA_KEY_SASL_MECHANISM);
    }
    if (mechanism == NO_MECHANISM) {
        return HAETAE_OK;
    }
    status =
        hae_kafka_set(setter, HAE_KAFKA_KEY_SASL_MECHANISM, "sasl.mechanisms", names[mechanism]);
    if (status == HAETAE_OK) {
        status = hae_kafka_set_text(setter, HAE_KAFKA_KEY_SASL_USERNAME, "sasl.username");
    }
    if (status == HAETAE_OK) {
        status = hae_kafka_set_text(setter, HAE_KAFKA_KEY_SASL_PASSWORD, "sasl.password");
    }
    return status == HAETAE_OK &&
                   !hae_kafka_secrets_add(
                       setter->secrets,
                       haetae_config_get_secret(setter->config, HAE_KAFKA_KEY_SASL_PASSWORD))
               ? HAETAE_ENOMEM
               : status;
}

enum protocol { AUTO, PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL };

static haetae_status read_protocol(const struct hae_kafka_setter *setter)
{
    static const char *const names[] = {NULL, "plaintext", "ssl", "sasl_plaintext", "sasl_ssl"};
    enum protocol protocol =
        (enum protocol)hae_kafka_int_of(setter, HAE_KAFKA_KEY_SECURITY_PROTOCOL);
    bool logs_in = hae_kafka_int_of(setter, HAE_KAFKA_KEY_SASL_MECHANISM) != NO_MECHANISM;
    bool has_files = hae_kafka_has_text(setter, HAE_KAFKA_KEY_CERTIFICATE) ||
                     hae_kafka_has_text(setter, HAE_KAFKA_KEY_CLIENT_CERTIFICATE);

    if (protocol == AUTO) {
        protocol = logs_in ? SASL_SSL : has_files ? SSL : PLAINTEXT;
    } else if ((protocol == SASL_PLAINTEXT || protocol == SASL_SSL) != logs_in) {
        return hae_kafka_refuse(setter, HAE_KAFKA_KEY_SECURITY_PROTOCOL,
                                logs_in ? "it has no login, but " HAE_KAFKA_KEY_SASL_MECHANISM
                                          " has one"
                                        : "it needs " HAE_KAFKA_KEY_SASL_MECHANISM);
    } else if ((protocol == PLAINTEXT || protocol == SASL_PLAINTEXT) && has_files) {
        return hae_kafka_refuse(setter, HAE_KAFKA_KEY_SECURITY_PROTOCOL,
                                "it has no TLS, but a certificate is set");
    }
    return hae_kafka_set(setter, HAE_KAFKA_KEY_SECURITY_PROTOCOL, "security.protocol",
                         names[protocol]);
}

haetae_status hae_kafka_read_security(const struct hae_kafka_setter *setter)
{
    haetae_status status = read_tls(setter);

    if (status == HAETAE_OK) {
        status = read_login(setter);
    }
    return status == HAETAE_OK ? read_protocol(setter) : status;
}

bool hae_kafka_uses_tls(const rd_kafka_conf_t *conf)
{
    char protocol[32] = "";
    size_t size = sizeof protocol;

    return rd_kafka_conf_get(conf, "security.protocol", protocol, &size) == RD_KAFKA_CONF_OK &&
           strstr(protocol, "ssl") != NULL;
}
