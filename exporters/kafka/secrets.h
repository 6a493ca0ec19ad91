/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that no diagnostic may show. */
#ifndef HAETAE_KAFKA_SECRETS_H
#define HAETAE_KAFKA_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

struct hae_kafka_secrets {
    char **texts;
    size_t count;
};

/* Adds a copy of a text, unless it is so short that hiding it would only make diagnostics
 * unreadable. False: no memory. */
bool hae_kafka_secrets_add(struct hae_kafka_secrets *secrets, const char *text);

/* Overwrites and frees all. */
void hae_kafka_secrets_done(struct hae_kafka_secrets *secrets);

/* Writes a text of librdkafka with "***" for each secret, cut to `size_bytes`, NUL included. */
void hae_kafka_secrets_hide(const struct hae_kafka_secrets *secrets, const char *text,
                            char *ret_text, size_t size_bytes);

#endif
