/* SPDX-License-Identifier: Apache-2.0 */
#include "password.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "secret.h"

enum { CREDENTIALS_MAX = 1024 };

/* Decodes base64 with or without padding into room for CREDENTIALS_MAX bytes. Returns the size; -1:
 * it is none, or too large. */
static int decode_base64(const char *text, char *to)
{
    size_t length = strlen(text);
    size_t digit_count;
    size_t size;

    while (length > 0 && text[length - 1] == '=') {
        length--;
    }
    if (HAE_BASE64_BYTES(length) > CREDENTIALS_MAX) {
        return -1;
    }
    size = hae_base64_decode(text, length, to, &digit_count);
    return digit_count == length ? (int)size : -1;
}

static void digest_of(const char *text, uint8_t ret_digest[HAE_SHA256_BYTES])
{
    struct hae_sha256 sha;

    hae_sha256_begin(&sha);
    hae_sha256_add(&sha, text, strlen(text));
    hae_sha256_end(&sha, ret_digest);
}

/* Digests are compared, so that the time says nothing about the texts. */
static bool same_digest(const uint8_t *a, const uint8_t *b)
{
    uint8_t differ = 0;

    for (int i = 0; i < HAE_SHA256_BYTES; i++) {
        differ |= a[i] ^ b[i];
    }
    return differ == 0;
}

static bool same_text(const char *a, const char *b)
{
    uint8_t first[HAE_SHA256_BYTES];
    uint8_t second[HAE_SHA256_BYTES];

    digest_of(a, first);
    digest_of(b, second);
    return same_digest(first, second);
}

static bool matches_hash(const char *hash, const char *text)
{
    struct crypt_data *data = calloc(1, sizeof *data);
    bool same = false;

    if (data != NULL) {
        const char *made = crypt_r(text, hash, data);

        same = made != NULL && made[0] != '*' && same_text(made, hash);
        explicit_bzero(data, sizeof *data);
        free(data);
    }
    return same;
}

bool hae_prom_hash_is_usable(const char *hash)
{
    struct crypt_data *data = calloc(1, sizeof *data);
    bool usable = false;

    if (data != NULL) {
        const char *made = hash[0] == '$' ? crypt_r("", hash, data) : NULL;

        /* The hash of another password has the same setting and the same length. */
        usable = made != NULL && made[0] == '$' && strlen(made) == strlen(hash);
        free(data);
    }
    return usable;
}

/* The password counts for a wrong user as well, so that the time does not name users. */
static bool are_right(const struct hae_prom_password *password, char *credentials)
{
    char *colon = strchr(credentials, ':');
    bool user;
    bool text;

    if (colon == NULL) {
        return false;
    }
    *colon = '\0';
    user = same_text(credentials, password->user);
    text = password->hash != NULL ? matches_hash(password->hash, colon + 1)
                                  : same_text(colon + 1, password->text);
    return user && text;
}

static bool accepts(const struct hae_prom_password *password, const char *encoded)
{
    char credentials[CREDENTIALS_MAX + 1];
    int size = decode_base64(encoded, credentials);
    bool accepted = false;

    if (size >= 0) {
        credentials[size] = '\0';
        accepted = strlen(credentials) == (size_t)size && are_right(password, credentials);
    }
    explicit_bzero(credentials, sizeof credentials); /* also what was decoded before a fault */
    return accepted;
}

bool hae_prom_password_accepts(struct hae_prom_password *password, const char *header)
{
    uint8_t digest[HAE_SHA256_BYTES];

    if (password->user == NULL) {
        return true;
    }
    if (header == NULL || strncasecmp(header, "Basic ", 6) != 0) {
        return false;
    }
    digest_of(header, digest);
    if (password->has_accepted && same_digest(digest, password->accepted)) {
        return true;
    }
    header += strspn(header + 5, " ") + 5;
    if (!accepts(password, header)) {
        return false;
    }
    memcpy(password->accepted, digest, sizeof digest);
    password->has_accepted = true;
    return true;
}

void hae_prom_password_done(struct hae_prom_password *password)
{
    hae_prom_forget(&password->user);
    hae_prom_forget(&password->hash);
    hae_prom_forget(&password->text);
    *password = (struct hae_prom_password){.user = NULL};
}
