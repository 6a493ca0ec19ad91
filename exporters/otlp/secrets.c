/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/secrets.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/hex.h"

enum { SECRET_MIN_BYTES = 4 };

/* ---- Finding ------------------------------------------------------------ */

/* The value of so many hexadecimal digits; negative when there are other bytes. */
static int hex_number(const uint8_t *digits, size_t count)
{
    int number = 0;

    for (size_t i = 0; i < count; i++) {
        int value = hae_hex_value((char)digits[i]);

        if (value < 0) {
            return -1;
        }
        number = number * 16 + value;
    }
    return number;
}

/* A byte that a text begins with in an encoded form, and how long that form is; 0: in none. */
struct encoded {
    int byte;
    size_t size_bytes;
};

/* "%41", also when its percent sign is encoded in turn. */
static struct encoded percent_encoded(const uint8_t *text, size_t size_bytes)
{
    size_t at = 1;

    if (size_bytes == 0 || text[0] != '%') {
        return (struct encoded){0, 0};
    }
    while (at + 4 <= size_bytes && text[at] == '2' && text[at + 1] == '5') {
        at += 2;
    }
    if (at + 2 > size_bytes || hex_number(text + at, 2) < 0) {
        return (struct encoded){0, 0};
    }
    return (struct encoded){hex_number(text + at, 2), at + 2};
}

/* As a string of JSON has it: "\\/", "\\u0041". */
static struct encoded json_escaped(const uint8_t *text, size_t size_bytes)
{
    if (size_bytes < 2 || text[0] != '\\') {
        return (struct encoded){0, 0};
    }
    if (text[1] == '/' || text[1] == '"' || text[1] == '\\') {
        return (struct encoded){text[1], 2};
    }
    if (text[1] == 'u' && size_bytes >= 6 && hex_number(text + 2, 4) >= 0) {
        return (struct encoded){hex_number(text + 2, 4), 6};
    }
    return (struct encoded){0, 0};
}

/* The digits by which base64 for URLs differs count as the same. */
static int plain_digit(int byte)
{
    return byte == '-' ? '+' : byte == '_' ? '/' : byte;
}

/* How many bytes of a text stand for the byte; 0: it begins with another one. */
static size_t match_byte(const uint8_t *text, size_t size_bytes, int wanted)
{
    struct encoded encoded;

    if (size_bytes > 0 && plain_digit(text[0]) == plain_digit(wanted)) {
        return 1;
    }
    encoded = percent_encoded(text, size_bytes);
    if (encoded.size_bytes == 0) {
        encoded = json_escaped(text, size_bytes);
    }
    return encoded.size_bytes != 0 && plain_digit(encoded.byte) == plain_digit(wanted)
               ? encoded.size_bytes
               : 0;
}

/* How many bytes of a text are the secret; 0: it does not begin with it. */
static size_t match(const uint8_t *text, size_t size_bytes, const char *secret)
{
    size_t at = 0;

    for (; *secret != '\0'; secret++) {
        size_t size = match_byte(text + at, size_bytes - at, (unsigned char)*secret);

        if (size == 0) {
            return 0;
        }
        at += size;
    }
    return at;
}

size_t hae_http_secret_at(const uint8_t *text, size_t size_bytes, const struct curl_slist *secrets)
{
    size_t longest = 0;

    for (; secrets != NULL; secrets = secrets->next) {
        size_t size = match(text, size_bytes, secrets->data);

        longest = size > longest ? size : longest;
    }
    return longest;
}

/* ---- Adding ------------------------------------------------------------- */

haetae_status hae_http_add_secret(struct curl_slist **secrets, const char *text)
{
    struct curl_slist *longer;

    if (strlen(text) < SECRET_MIN_BYTES) {
        return HAETAE_OK;
    }
    longer = curl_slist_append(*secrets, text);
    if (longer == NULL) {
        return HAETAE_ENOMEM;
    }
    *secrets = longer;
    return HAETAE_OK;
}

haetae_status hae_http_add_secrets(struct curl_slist **secrets, const struct curl_slist *others)
{
    haetae_status status = HAETAE_OK;

    for (; others != NULL && status == HAETAE_OK; others = others->next) {
        status = hae_http_add_secret(secrets, others->data);
    }
    return status;
}

static haetae_status add_base64(struct curl_slist **secrets, const char *text)
{
    size_t size = strlen(text);
    char *encoded = malloc(HAE_BASE64_TEXT_BYTES(size));
    haetae_status status;

    if (encoded == NULL) {
        return HAETAE_ENOMEM;
    }
    hae_base64_encode(text, size, encoded);
    status = hae_http_add_secret(secrets, encoded);
    free(encoded);
    return status;
}

/* As it is, and in base64. */
static haetae_status add_forms(struct curl_slist **secrets, const char *text)
{
    haetae_status status = hae_http_add_secret(secrets, text);

    return status == HAETAE_OK && strlen(text) >= SECRET_MIN_BYTES ? add_base64(secrets, text)
                                                                   : status;
}

haetae_status hae_http_add_credentials(struct curl_slist **secrets, const char *user,
                                       const char *password)
{
    size_t user_size = strlen(user);
    size_t password_size = strlen(password);
    char *both = malloc(user_size + password_size + 3);
    haetae_status status;

    if (both == NULL) {
        return HAETAE_ENOMEM;
    }
    memcpy(both, user, user_size);
    both[user_size] = ':';
    memcpy(both + user_size + 1, password, password_size + 1);
    status = add_base64(secrets, both);
    both[user_size + 1 + password_size] = '@';
    both[user_size + 1 + password_size + 1] = '\0';
    if (status == HAETAE_OK) {
        status = hae_http_add_secret(secrets, both);
    }
    free(both);
    if (status == HAETAE_OK) {
        status = add_forms(secrets, user);
    }
    return status == HAETAE_OK ? add_forms(secrets, password) : status;
}

/* What "Basic" has behind it. */
static haetae_status add_basic(struct curl_slist **secrets, const char *encoded)
{
    size_t length = strlen(encoded);
    char *decoded = malloc(length + 4);
    char *colon;
    haetae_status status;

    if (decoded == NULL) {
        return HAETAE_ENOMEM;
    }
    decoded[hae_base64_decode(encoded, length, decoded, &length)] = '\0';
    colon = strchr(decoded, ':');
    if (colon != NULL) {
        *colon = '\0';
    }
    status = hae_http_add_credentials(secrets, decoded, colon != NULL ? colon + 1 : "");
    free(decoded);
    return status;
}

haetae_status hae_http_add_header_value(struct curl_slist **secrets, const char *value)
{
    haetae_status status = add_forms(secrets, value);
    const char *last_word = strrchr(value, ' ');

    if (status == HAETAE_OK && last_word != NULL) {
        status = add_forms(secrets, last_word + 1);
    }
    if (status == HAETAE_OK && last_word != NULL && strncasecmp(value, "Basic ", 6) == 0) {
        status = add_basic(secrets, last_word + 1);
    }
    return status;
}

haetae_status hae_http_add_query(struct curl_slist **secrets, const char *url)
{
    const char *at = strchr(url, '?');
    haetae_status status = HAETAE_OK;

    while (at != NULL && *at != '\0' && *at != '#' && status == HAETAE_OK) {
        size_t size = strcspn(++at, "&#");
        const char *equals = memchr(at, '=', size);
        const char *from = equals != NULL ? equals + 1 : at;
        char *value = strndup(from, (size_t)(at + size - from));

        if (value == NULL) {
            return HAETAE_ENOMEM;
        }
        status = add_forms(secrets, value);
        free(value);
        at += size;
    }
    return status;
}
