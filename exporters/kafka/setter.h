/* SPDX-License-Identifier: Apache-2.0 */
/* Sets properties of librdkafka to what keys say. */
#ifndef HAETAE_KAFKA_SETTER_H
#define HAETAE_KAFKA_SETTER_H

#include <librdkafka/rdkafka.h>

#include "haetae/config.h"
#include "secrets.h"

/* What reads a group of keys works on. */
struct hae_kafka_setter {
    haetae_config *config;
    rd_kafka_conf_t *conf;
    struct hae_kafka_secrets *secrets;
};

/* Reports why a key's value cannot be used. Returns HAETAE_EVALUE. */
haetae_status hae_kafka_refuse(const struct hae_kafka_setter *setter, const char *key,
                               const char *why);

/* What a key says. */
int64_t hae_kafka_int_of(const struct hae_kafka_setter *setter, const char *key);
bool hae_kafka_has_text(const struct hae_kafka_setter *setter, const char *key);

/* Sets a property: to a text, to a number, to a key's text, if it has one. `key` is the one that a
 * refusal is reported for. Errors: HAETAE_EVALUE; the last one: also HAETAE_EKEY, HAETAE_ENOMEM. */
haetae_status hae_kafka_set(const struct hae_kafka_setter *setter, const char *key,
                            const char *property, const char *value);
haetae_status hae_kafka_set_int(const struct hae_kafka_setter *setter, const char *key,
                                const char *property, int64_t value);
haetae_status hae_kafka_set_text(const struct hae_kafka_setter *setter, const char *key,
                                 const char *property);

#endif
