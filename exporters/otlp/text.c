/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/printable.h"
#include "otlp/secrets.h"

static const char ellipsis[] = "...";

void hae_http_text_init(struct hae_http_text *text, char *buffer, size_t capacity_bytes)
{
    text->data = buffer;
    text->size_bytes = 0;
    /* The dots always fit: room for them is reserved. */
    text->capacity_bytes = capacity_bytes - sizeof ellipsis;
    text->cut = false;
    buffer[0] = '\0';
}

static void cut_off(struct hae_http_text *text)
{
    memcpy(text->data + text->size_bytes, ellipsis, sizeof ellipsis);
    text->size_bytes += sizeof ellipsis - 1;
    text->cut = true;
}

/* All or nothing, so that a character of several bytes is never cut in two. */
static void add_whole(struct hae_http_text *text, const char *bytes, size_t size_bytes)
{
    if (text->cut) {
        return;
    }
    if (size_bytes > text->capacity_bytes - text->size_bytes) {
        cut_off(text);
        return;
    }
    memcpy(text->data + text->size_bytes, bytes, size_bytes);
    text->size_bytes += size_bytes;
    text->data[text->size_bytes] = '\0';
}

void hae_http_text_add(struct hae_http_text *text, const char *format, ...)
{
    size_t room = text->capacity_bytes - text->size_bytes;
    va_list arguments;
    int wanted;

    if (text->cut) {
        return;
    }
    va_start(arguments, format);
    wanted = vsnprintf(text->data + text->size_bytes, room + 1, format, arguments);
    va_end(arguments);
    if (wanted < 0) {
        text->data[text->size_bytes] = '\0';
        return;
    }
    if ((size_t)wanted <= room) {
        text->size_bytes += (size_t)wanted;
        return;
    }
    text->size_bytes += room;
    cut_off(text);
}

static bool is_space(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* Adds one character, or one run of white space; returns the bytes it took. */
static size_t add_character(struct hae_http_text *text, const uint8_t *at, size_t left)
{
    struct hae_character character;
    size_t size = 0;

    while (size < left && is_space(at[size])) {
        size++;
    }
    if (size > 0) {
        add_whole(text, " ", 1);
        return size;
    }
    character = hae_next_character((const char *)at, left);
    if (character.printable) {
        add_whole(text, (const char *)at, character.size);
    } else {
        add_whole(text, "?", 1);
    }
    return character.size;
}

void hae_http_text_add_foreign(struct hae_http_text *text, const void *bytes, size_t size_bytes,
                               const struct curl_slist *secrets)
{
    const uint8_t *at = bytes;
    const uint8_t *end;

    if (size_bytes == 0) {
        return;
    }
    end = at + size_bytes;
    while (at < end && !text->cut) {
        size_t hidden = hae_http_secret_at(at, (size_t)(end - at), secrets);

        if (hidden > 0) {
            add_whole(text, "***", 3);
            at += hidden;
        } else {
            at += add_character(text, at, (size_t)(end - at));
        }
    }
}

void hae_http_text_add_foreign_url(struct hae_http_text *text, const char *url, size_t size_bytes,
                                   const struct curl_slist *secrets)
{
    static const char *const schemes[] = {"http://", "https://"};
    /* The last '@' of all: a password may hold any character, and in a malformed URL nothing marks
     * the end of the user information. */
    const char *end = url + size_bytes;
    const char *at_sign = memrchr(url, '@', size_bytes);
    const char *shown_end;

    for (size_t i = 0; at_sign != NULL && i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t length = strlen(schemes[i]);

        if (size_bytes >= length && strncasecmp(url, schemes[i], length) == 0) {
            hae_http_text_add(text, "%s", schemes[i]);
        }
    }
    if (at_sign != NULL) {
        hae_http_text_add(text, "***");
        url = at_sign;
    }
    for (shown_end = url; shown_end < end && *shown_end != '?' && *shown_end != '#'; shown_end++) {
    }
    hae_http_text_add_foreign(text, url, (size_t)(shown_end - url), secrets);
    if (shown_end < end) {
        hae_http_text_add(text, "%c***", *shown_end);
    }
}

void hae_http_text_add_url(struct hae_http_text *text, const char *url)
{
    hae_http_text_add_foreign_url(text, url, strlen(url), NULL);
}
