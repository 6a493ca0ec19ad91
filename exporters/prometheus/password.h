/* SPDX-License-Identifier: Apache-2.0 */
/* Basic authentication (RFC 7617) for one user. */
#ifndef HAETAE_PROMETHEUS_PASSWORD_H
#define HAETAE_PROMETHEUS_PASSWORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sha256.h"

/* Used by one thread at a time. */
struct hae_prom_password {
    char *user; /* NULL: nobody has to authenticate */
    char *hash; /* of crypt(3), such as $2b$12$…; NULL: `text` is the password */
    char *text;
    /* The header accepted last, so that a hash, which is slow on purpose, is not made for each
     * scrape. */
    bool has_accepted;
    uint8_t accepted[HAE_SHA256_BYTES];
};

/* Whether crypt(3) can make such a hash. */
bool hae_prom_hash_is_usable(const char *hash);

/* Whether an Authorization header, or NULL, is that of the user. */
bool hae_prom_password_accepts(struct hae_prom_password *password, const char *header);

/* Frees the texts, and overwrites them before. */
void hae_prom_password_done(struct hae_prom_password *password);

#endif
