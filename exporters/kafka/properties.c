/* SPDX-License-Identifier: Apache-2.0 */
#include "properties.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/percent.h"
#include "base/trim.h"

/* Those on which the exporter depends, or that a key of its own sets, and what to do instead. */
static const struct {
    const char *name;
    const char *why;
} refused[] = {
    {"delivery.report.only.error", "the exporter needs each report"},
    {"delivery.timeout.ms", "HAETAE_KAFKA_TIMEOUT sets it"},
    {"dr_cb", "it is no text"},
    {"enabled_events", "the exporter sets it"},
    {"enable.gapless.guarantee", "a message that is given up would end the client"},
    {"log.queue", "the exporter sets it"},
    {"message.max.bytes", "HAETAE_KAFKA_MAX_MESSAGE_BYTES sets it"},
    {"message.timeout.ms", "HAETAE_KAFKA_TIMEOUT sets it"},
    {"transactional.id", "the exporter uses no transactions"},
};

static const char *why_refused(const char *name)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (strcmp(name, refused[i].name) == 0) {
            return refused[i].why;
        }
    }
    return NULL;
}

/* Values of these are hidden wherever they come up; other ones, such as "true", are not. */
static bool is_secret(const char *name)
{
    static const char *const words[] = {"password", "secret", "pem",    "jwt",
                                        "oauth",    "token",  "config", "kinit"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strstr(name, words[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* A name is shown only if librdkafka knows it: what looks like one may be part of a value. */
static haetae_status set(rd_kafka_conf_t *conf, unsigned entry, const char *name, const char *value,
                         char ret_why[HAE_KAFKA_WHY_BYTES])
{
    char ignored[512];
    rd_kafka_conf_res_t result = rd_kafka_conf_set(conf, name, value, ignored, sizeof ignored);
    const char *why = why_refused(name);

    if (result == RD_KAFKA_CONF_UNKNOWN) {
        snprintf(ret_why, HAE_KAFKA_WHY_BYTES, "entry %u: librdkafka has no such property", entry);
    } else if (why != NULL) {
        snprintf(ret_why, HAE_KAFKA_WHY_BYTES, "entry %u: %s cannot be set: %s", entry, name, why);
    } else if (result != RD_KAFKA_CONF_OK) {
        snprintf(ret_why, HAE_KAFKA_WHY_BYTES, "entry %u: librdkafka refuses the value of %s",
                 entry, name);
    } else {
        return HAETAE_OK;
    }
    return HAETAE_EVALUE;
}

/* In place. What is not two digits stands for itself. */
static void decode(char *text)
{
    char *to = text;

    while (*text != '\0') {
        int byte = hae_percent_byte(text, strnlen(text, 3));

        *to++ = byte > 0 ? (char)byte : *text;
        text += byte > 0 ? 3 : 1;
    }
    *to = '\0';
}

/* One entry, in a copy that may be changed. */
static haetae_status set_entry(rd_kafka_conf_t *conf, unsigned entry, char *text,
                               struct hae_kafka_secrets *secrets, char ret_why[HAE_KAFKA_WHY_BYTES])
{
    char *equals = strchr(text, '=');
    size_t name_length = equals != NULL ? (size_t)(equals - text) : 0;
    char *value = equals != NULL ? equals + 1 : text;

    if (name_length == 0) {
        snprintf(ret_why, HAE_KAFKA_WHY_BYTES, "entry %u: expected name=value", entry);
        return HAETAE_EVALUE;
    }
    *equals = '\0';
    decode(value);
    if (is_secret(text) && !hae_kafka_secrets_add(secrets, value)) {
        return HAETAE_ENOMEM;
    }
    return set(conf, entry, text, value, ret_why);
}

haetae_status hae_kafka_set_properties(rd_kafka_conf_t *conf, const char *list,
                                       struct hae_kafka_secrets *secrets,
                                       char ret_why[HAE_KAFKA_WHY_BYTES])
{
    haetae_status status = HAETAE_OK;
    char *copy = hae_strdup(list);
    char *at = copy;
    unsigned entry = 0;

    if (copy == NULL) {
        return HAETAE_ENOMEM;
    }
    while (at != NULL && status == HAETAE_OK) {
        char *text = strsep(&at, ",");
        haetae_string trimmed = hae_trimmed((haetae_string){text, strlen(text)});

        entry++;
        if (trimmed.length > 0) {
            text += trimmed.data - text;
            text[trimmed.length] = '\0';
            status = set_entry(conf, entry, text, secrets, ret_why);
        }
    }
    explicit_bzero(copy, strlen(list));
    hae_free(copy);
    return status;
}
