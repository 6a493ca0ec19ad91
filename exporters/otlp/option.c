/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/option.h"

#include <stdio.h>
#include <string.h>

/* What stands between the prefix and an option's name in the key of a signal. */
static const char *const infixes[HAETAE_SIGNAL_COUNT] = {
    [HAETAE_SIGNAL_TRACES] = "TRACES_",
    [HAETAE_SIGNAL_METRICS] = "METRICS_",
    [HAETAE_SIGNAL_LOGS] = "LOGS_",
};

/* Whether a signal's own key holds: it is set, or only it has a default that the program set. */
static haetae_status choose_key(const struct hae_http_reader *reader, const char *specific,
                                const char *general, bool *ret_specific)
{
    haetae_status status;

    *ret_specific = haetae_config_is_set(reader->config, specific);
    if (*ret_specific || haetae_config_is_set(reader->config, general)) {
        return HAETAE_OK;
    }
    status = haetae_config_require(reader->config, specific);
    if (status == HAETAE_OK) {
        *ret_specific = haetae_config_get_secret(reader->config, specific)[0] != '\0';
    }
    return status;
}

haetae_status hae_http_option_find(const struct hae_http_reader *reader, const char *prefix,
                                   const char *name, struct hae_http_option *ret_option)
{
    char general[sizeof ret_option->key];
    haetae_status status;

    snprintf(general, sizeof general, "%s%s", prefix, name);
    snprintf(ret_option->key, sizeof ret_option->key, "%s%s%s", prefix, infixes[reader->signal],
             name);
    status = choose_key(reader, ret_option->key, general, &ret_option->of_signal);
    if (status == HAETAE_OK && !ret_option->of_signal) {
        memcpy(ret_option->key, general, sizeof general);
    }
    return status == HAETAE_OK ? haetae_config_require(reader->config, ret_option->key) : status;
}

haetae_status hae_http_option_find_general(const struct hae_http_reader *reader, const char *key,
                                           struct hae_http_option *ret_option)
{
    snprintf(ret_option->key, sizeof ret_option->key, "%s", key);
    ret_option->of_signal = false;
    return haetae_config_require(reader->config, key);
}

const char *hae_http_option_value(const struct hae_http_reader *reader,
                                  const struct hae_http_option *option)
{
    return haetae_config_get_secret(reader->config, option->key);
}

haetae_status hae_http_option_refuse(const struct hae_http_reader *reader,
                                     const struct hae_http_option *option, const char *why)
{
    haetae_config_add_error(reader->config, option->key, why);
    return HAETAE_EVALUE;
}
