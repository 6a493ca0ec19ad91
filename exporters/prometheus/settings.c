/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/descriptor.h"
#include "base/trim.h"
#include "haetae/config.h"
#include "keys.h"
#include "secret.h"

enum { FILE_BYTES_MAX = 1024 * 1024 };

void hae_prom_settings_forget_tls(struct hae_prom_settings *settings)
{
    hae_prom_forget(&settings->certificate);
    hae_prom_forget(&settings->key);
}

void hae_prom_settings_done(struct hae_prom_settings *settings)
{
    hae_prom_settings_forget_tls(settings);
    hae_prom_password_done(&settings->password);
    hae_free(settings->host);
    hae_free(settings->path);
    hae_free(settings->patterns);
    hae_free(settings->pattern_texts[0]);
    hae_free(settings->pattern_texts[1]);
}

/* ---- Values ------------------------------------------------------------------------------ */

static bool bool_of(const haetae_config *config, const char *key)
{
    bool value = false;

    (void)haetae_config_get_bool(config, key, &value);
    return value;
}

static int64_t int_of(const haetae_config *config, const char *key)
{
    int64_t value = 0;

    (void)haetae_config_get_int(config, key, &value);
    return value;
}

/* A copy; NULL when the key has no value. *status is for lack of memory. */
static char *text_of(const haetae_config *config, const char *key, haetae_status *status)
{
    const char *value = haetae_config_get_secret(config, key);
    char *copy = NULL;

    if (value != NULL && value[0] != '\0') {
        copy = hae_strdup(value);
        if (copy == NULL) {
            *status = HAETAE_ENOMEM;
        }
    }
    return copy;
}

static haetae_status refuse(haetae_config *config, const char *key, const char *why)
{
    haetae_config_add_error(config, key, why);
    return HAETAE_EVALUE;
}

/* ---- Files ------------------------------------------------------------------------------- */

/* Reads a regular file, at most `room` bytes of it. -1, with errno. */
static ssize_t read_file(const char *path, char *to, size_t room)
{
    int file = hae_descriptor_raise(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat found;
    ssize_t size = 0;
    ssize_t got = 1;
    int saved;

    if (file < 0) {
        return -1;
    }
    if (fstat(file, &found) != 0 || !S_ISREG(found.st_mode)) {
        close(file);
        errno = EINVAL;
        return -1;
    }
    while (got > 0 && (size_t)size < room) {
        got = read(file, to + size, room - (size_t)size);
        if (got > 0) {
            size += got;
        } else if (got < 0 && errno == EINTR) {
            got = 1;
        }
    }
    saved = errno;
    close(file);
    errno = saved;
    return got < 0 ? -1 : size;
}

static const char *fault_of(const char *text, ssize_t size)
{
    if (size < 0) {
        return strerror(errno);
    }
    if (size > FILE_BYTES_MAX) {
        return "the file has more than 1 MiB";
    }
    return memchr(text, '\0', (size_t)size) != NULL ? "the file is no text: it has a NUL" : NULL;
}

/* The content of the file that a key names. */
static haetae_status load(haetae_config *config, const char *key, char **ret_text)
{
    haetae_status status = haetae_config_require(config, key);
    const char *path = haetae_config_get(config, key);
    const char *fault;
    char *text;
    ssize_t size;

    if (status != HAETAE_OK || path == NULL || path[0] == '\0') {
        return status;
    }
    text = hae_malloc(FILE_BYTES_MAX + 1); /* with a byte that only a larger file fills */
    if (text == NULL) {
        return HAETAE_ENOMEM;
    }
    size = read_file(path, text, FILE_BYTES_MAX + 1);
    fault = fault_of(text, size);
    if (fault != NULL) {
        haetae_config_add_error(config, key, fault);
        status = size < 0 ? HAETAE_EIO : HAETAE_EVALUE;
    } else {
        text[size] = '\0';
        *ret_text = hae_strdup(text);
        status = *ret_text != NULL ? HAETAE_OK : HAETAE_ENOMEM;
    }
    explicit_bzero(text, FILE_BYTES_MAX + 1);
    hae_free(text);
    return status;
}

/* ---- Groups of keys ---------------------------------------------------------------------- */

static haetae_status read_tls(haetae_config *config, struct hae_prom_settings *settings)
{
    haetae_status status = load(config, HAE_PROM_KEY_CERTIFICATE, &settings->certificate);

    if (status == HAETAE_OK) {
        status = load(config, HAE_PROM_KEY_KEY, &settings->key);
    }
    if (status == HAETAE_OK && (settings->certificate == NULL) != (settings->key == NULL)) {
        return refuse(config, settings->key == NULL ? HAE_PROM_KEY_CERTIFICATE : HAE_PROM_KEY_KEY,
                      "certificate and key need each other");
    }
    return status;
}

static haetae_status read_password(haetae_config *config, struct hae_prom_settings *settings)
{
    struct hae_prom_password *password = &settings->password;
    haetae_status status = haetae_config_require(config, HAE_PROM_KEY_PASSWORD_HASH);

    if (status != HAETAE_OK) {
        return status;
    }
    password->user = text_of(config, HAE_PROM_KEY_USER, &status);
    password->hash = text_of(config, HAE_PROM_KEY_PASSWORD_HASH, &status);
    if (status == HAETAE_OK) {
        status = load(config, HAE_PROM_KEY_PASSWORD_FILE, &password->text);
    }
    if (status != HAETAE_OK) {
        return status;
    }
    if (password->text != NULL) {
        password->text[strcspn(password->text, "\r\n")] = '\0';
    }
    if (password->user == NULL && (password->hash != NULL || password->text != NULL)) {
        return refuse(config,
                      password->hash != NULL ? HAE_PROM_KEY_PASSWORD_HASH
                                             : HAE_PROM_KEY_PASSWORD_FILE,
                      "a password needs " HAE_PROM_KEY_USER);
    }
    if (password->user != NULL && (password->hash != NULL) == (password->text != NULL)) {
        return refuse(config, HAE_PROM_KEY_USER,
                      "a user needs either " HAE_PROM_KEY_PASSWORD_FILE
                      " or " HAE_PROM_KEY_PASSWORD_HASH);
    }
    if (password->user != NULL && strchr(password->user, ':') != NULL) {
        return refuse(config, HAE_PROM_KEY_USER, "a user's name has no colon");
    }
    if (password->text != NULL && password->text[0] == '\0') {
        return refuse(config, HAE_PROM_KEY_PASSWORD_FILE, "its first line is empty");
    }
    if (password->hash != NULL && !hae_prom_hash_is_usable(password->hash)) {
        return refuse(config, HAE_PROM_KEY_PASSWORD_HASH,
                      "it is no hash of crypt(3) that this system can check");
    }
    return HAETAE_OK;
}

/* Splits the list at commas, from *at on. */
static struct hae_prom_patterns split(haetae_string *room, const char *list)
{
    struct hae_prom_patterns patterns = {room, 0};

    while (list != NULL && *list != '\0') {
        size_t length = strcspn(list, ",");
        haetae_string pattern = hae_trimmed((haetae_string){list, length});

        if (pattern.length > 0) {
            room[patterns.count++] = pattern;
        }
        list += length + (list[length] == ',');
    }
    return patterns;
}

static haetae_status read_patterns(haetae_config *config, struct hae_prom_settings *settings)
{
    haetae_status status = HAETAE_OK;
    size_t most = 2;
    char **texts = settings->pattern_texts;

    texts[0] = text_of(config, HAE_PROM_KEY_LABELS, &status);
    texts[1] = text_of(config, HAE_PROM_KEY_LABELS_EXCLUDED, &status);
    if (status != HAETAE_OK) {
        return status;
    }
    for (int list = 0; list < 2; list++) {
        for (const char *at = texts[list]; at != NULL && (at = strchr(at, ',')) != NULL; at++) {
            most++;
        }
    }
    settings->patterns = hae_calloc(most, sizeof *settings->patterns);
    if (settings->patterns == NULL) {
        return HAETAE_ENOMEM;
    }
    settings->options.included = split(settings->patterns, texts[0]);
    settings->options.excluded =
        split(settings->patterns + settings->options.included.count, texts[1]);
    return HAETAE_OK;
}

static haetae_status read_address(haetae_config *config, struct hae_prom_settings *settings)
{
    haetae_status status = HAETAE_OK;

    settings->serves = bool_of(config, HAE_PROM_KEY_SERVER);
    settings->port = (uint16_t)int_of(config, HAE_PROM_KEY_PORT);
    settings->host = text_of(config, HAE_PROM_KEY_HOST, &status);
    settings->path = text_of(config, HAE_PROM_KEY_PATH, &status);
    if (status == HAETAE_OK && (settings->path == NULL || settings->path[0] != '/' ||
                                strpbrk(settings->path, "?# ") != NULL)) {
        return refuse(config, HAE_PROM_KEY_PATH, "a path begins with / and has no ?, # or space");
    }
    return status;
}

haetae_status hae_prom_settings_read(haetae_config *config, struct hae_prom_settings *ret_settings)
{
    struct hae_prom_settings settings = {
        .compresses = int_of(config, HAE_PROM_KEY_COMPRESSION) == 1,
        .histogram = int_of(config, HAE_PROM_KEY_HISTOGRAM) == 1
                         ? HAETAE_AGGREGATION_BASE2_EXPONENTIAL_BUCKET_HISTOGRAM
                         : HAETAE_AGGREGATION_DEFAULT,
        .options = {.strategy = (enum hae_prom_strategy)int_of(config, HAE_PROM_KEY_STRATEGY),
                    .scope_info = bool_of(config, HAE_PROM_KEY_SCOPE_INFO),
                    .target_info = bool_of(config, HAE_PROM_KEY_TARGET_INFO),
                    .created = bool_of(config, HAE_PROM_KEY_CREATED)}};
    int64_t timeout_ms = int_of(config, HAE_PROM_KEY_TIMEOUT);
    haetae_status status;

    settings.timeout_ms = timeout_ms > 0 ? (uint32_t)timeout_ms : INT32_MAX;
    status = read_address(config, &settings);
    if (status == HAETAE_OK) {
        status = read_patterns(config, &settings);
    }
    if (status == HAETAE_OK && settings.serves) {
        status = read_password(config, &settings);
    }
    if (status == HAETAE_OK && settings.serves) {
        status = read_tls(config, &settings);
    }
    if (status != HAETAE_OK) {
        hae_prom_settings_done(&settings);
        return status;
    }
    *ret_settings = settings;
    return HAETAE_OK;
}
