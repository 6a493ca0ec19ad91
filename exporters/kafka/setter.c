/* SPDX-License-Identifier: Apache-2.0 */
#include "setter.h"

#include <stdio.h>

haetae_status hae_kafka_refuse(const struct hae_kafka_setter *setter, const char *key,
                               const char *why)
{
    haetae_config_add_error(setter->config, key, why);
    return HAETAE_EVALUE;
}

int64_t hae_kafka_int_of(const struct hae_kafka_setter *setter, const char *key)
{
    int64_t value = 0;

    (void)haetae_config_get_int(setter->config, key, &value);
    return value;
}

/* What librdkafka says of a value that it refuses holds no secret, as those of secrets may be any
 * text. */
haetae_status hae_kafka_set(const struct hae_kafka_setter *setter, const char *key,
                            const char *property, const char *value)
{
    char why[512];
    rd_kafka_conf_res_t result = rd_kafka_conf_set(setter->conf, property, value, why, sizeof why);

    return result == RD_KAFKA_CONF_OK ? HAETAE_OK : hae_kafka_refuse(setter, key, why);
}

haetae_status hae_kafka_set_int(const struct hae_kafka_setter *setter, const char *key,
                                const char *property, int64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%lld", (long long)value);
    return hae_kafka_set(setter, key, property, text);
}

haetae_status hae_kafka_set_text(const struct hae_kafka_setter *setter, const char *key,
                                 const char *property)
{
    haetae_status status = haetae_config_require(setter->config, key);
    const char *value = haetae_config_get_secret(setter->config, key);

    if (status != HAETAE_OK || value == NULL || value[0] == '\0') {
        return status;
    }
    return hae_kafka_set(setter, key, property, value);
}

bool hae_kafka_has_text(const struct hae_kafka_setter *setter, const char *key)
{
    const char *value = haetae_config_get(setter->config, key);

    return value != NULL && value[0] != '\0';
}
