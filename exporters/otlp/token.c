/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/trim.h"

static const char scheme[] = "Bearer ";

/* With room for a byte more than a token may have, so that a longer file shows. */
enum {
    TOKEN_MAX_BYTES = 16 * 1024,
    ROOM = TOKEN_MAX_BYTES + 1,
    VALUE_BYTES = sizeof scheme + ROOM
};

/* Returns the size; negative: `why` says what is wrong. */
static ssize_t read_whole(int file, char *out, size_t room, char *why)
{
    struct stat facts;
    size_t size = 0;
    ssize_t count = 1;

    if (fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        snprintf(why, HAE_HTTP_TOKEN_WHY_BYTES, "not a regular file");
        return -1;
    }
    while (size < room && count > 0) {
        count = read(file, out + size, room - size);
        size += count > 0 ? (size_t)count : 0;
    }
    if (count < 0) {
        snprintf(why, HAE_HTTP_TOKEN_WHY_BYTES, "%s", strerror(errno));
        return -1;
    }
    return (ssize_t)size;
}

/* Printable ASCII without spaces, which is what tokens are made of. */
static bool is_printable(haetae_string token)
{
    for (size_t i = 0; i < token.length; i++) {
        if (token.data[i] <= ' ' || token.data[i] > '~') {
            return false;
        }
    }
    return true;
}

/* Puts the token into the header's value, which has its text behind the scheme. */
static bool make_value(char *value, size_t size, char *why)
{
    char *text = value + sizeof scheme - 1;
    haetae_string token = hae_trimmed((haetae_string){text, size});

    if (size > TOKEN_MAX_BYTES) {
        snprintf(why, HAE_HTTP_TOKEN_WHY_BYTES, "larger than 16 KiB");
    } else if (token.length == 0) {
        snprintf(why, HAE_HTTP_TOKEN_WHY_BYTES, "there is no token in it");
    } else if (!is_printable(token)) {
        snprintf(why, HAE_HTTP_TOKEN_WHY_BYTES, "it holds more than a token");
    } else {
        memmove(text, token.data, token.length);
        text[token.length] = '\0';
        return true;
    }
    return false;
}

haetae_status hae_http_token_read(const char *path, char **ret_value,
                                  char why[HAE_HTTP_TOKEN_WHY_BYTES])
{
    /* Non-blocking: opening a pipe would wait for its other end. */
    int file = hae_descriptor_raise(open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    char *value;
    ssize_t size;

    if (file < 0) {
        snprintf(why, HAE_HTTP_TOKEN_WHY_BYTES, "%s", strerror(errno));
        return HAETAE_EVALUE;
    }
    value = calloc(1, VALUE_BYTES);
    if (value == NULL) {
        close(file);
        return HAETAE_ENOMEM;
    }
    memcpy(value, scheme, sizeof scheme - 1);
    size = read_whole(file, value + sizeof scheme - 1, ROOM, why);
    close(file);
    if (size < 0 || !make_value(value, (size_t)size, why)) {
        hae_http_token_free(value);
        return HAETAE_EVALUE;
    }
    *ret_value = value;
    return HAETAE_OK;
}

void hae_http_token_free(char *value)
{
    if (value != NULL) {
        /* All of it: a token that was moved over white space has left its end behind. */
        explicit_bzero(value, VALUE_BYTES);
        free(value);
    }
}
