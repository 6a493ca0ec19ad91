/* SPDX-License-Identifier: Apache-2.0 */
#include "secrets.h"

#include <string.h>

#include "base/alloc.h"

enum { SECRET_MIN_BYTES = 4 };

bool hae_kafka_secrets_add(struct hae_kafka_secrets *secrets, const char *text)
{
    char **longer;
    char *copy;

    if (strlen(text) < SECRET_MIN_BYTES) {
        return true;
    }
    copy = hae_strdup(text);
    longer = hae_realloc(secrets->texts, (secrets->count + 1) * sizeof *longer);
    if (longer != NULL) {
        secrets->texts = longer;
    }
    if (copy == NULL || longer == NULL) {
        hae_free(copy);
        return false;
    }
    secrets->texts[secrets->count++] = copy;
    return true;
}

void hae_kafka_secrets_done(struct hae_kafka_secrets *secrets)
{
    for (size_t i = 0; i < secrets->count; i++) {
        explicit_bzero(secrets->texts[i], strlen(secrets->texts[i]));
        hae_free(secrets->texts[i]);
    }
    hae_free(secrets->texts);
    *secrets = (struct hae_kafka_secrets){0};
}

/* The length of the longest secret that a text begins with; 0: none. */
static size_t secret_at(const struct hae_kafka_secrets *secrets, const char *text)
{
    size_t longest = 0;

    for (size_t i = 0; i < secrets->count; i++) {
        size_t length = strlen(secrets->texts[i]);

        if (length > longest && strncmp(text, secrets->texts[i], length) == 0) {
            longest = length;
        }
    }
    return longest;
}

void hae_kafka_secrets_hide(const struct hae_kafka_secrets *secrets, const char *text,
                            char *ret_text, size_t size_bytes)
{
    static const char hidden[] = "***";
    size_t at = 0;

    while (*text != '\0' && at + sizeof hidden < size_bytes) {
        size_t length = secret_at(secrets, text);

        if (length > 0) {
            memcpy(ret_text + at, hidden, sizeof hidden - 1);
            at += sizeof hidden - 1;
            text += length;
        } else {
            ret_text[at++] = *text++;
        }
    }
    ret_text[at] = '\0';
}
