/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/headers.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/percent.h"
#include "base/token.h"
#include "base/trim.h"
#include "otlp/secrets.h"

/* Headers that describe the body and its framing: another value would contradict what is sent. */
static bool is_reserved(const struct hae_http_binding *binding, haetae_string name)
{
    const char *prefix = binding->reserved_prefix;
    static const char *const reserved[] = {
        "Connection",
        "Content-Encoding",
        "Content-Length",
        "Content-Type",
        "Expect",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Upgrade",
        "Accept-Encoding",
        "Transfer-Encoding",
    };

    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        if (strlen(reserved[i]) == name.length &&
            strncasecmp(reserved[i], name.data, name.length) == 0) {
            return true;
        }
    }
    return prefix != NULL && name.length >= strlen(prefix) &&
           strncasecmp(name.data, prefix, strlen(prefix)) == 0;
}

bool hae_http_headers_have(const struct curl_slist *headers, haetae_string name)
{
    for (; headers != NULL; headers = headers->next) {
        if (strncasecmp(headers->data, name.data, name.length) == 0 &&
            (headers->data[name.length] == ':' || headers->data[name.length] == ';')) {
            return true;
        }
    }
    return false;
}

/* What the value of a header may hold. */
enum alphabet {
    TEXT,  /* no control characters                       */
    ASCII, /* what is printable of ASCII                  */
    BYTES  /* any byte: it is sent in base64              */
};

static const char *why_not_in(enum alphabet alphabet, int byte)
{
    /* A line break would add headers, or a request, of its own. */
    if (alphabet != BYTES && ((byte < 0x20 && byte != '\t') || byte == 0x7f)) {
        return "the value holds a control character";
    }
    if (alphabet == ASCII && (byte < 0x20 || byte > 0x7e)) {
        return "the value holds what only the headers of gRPC that end with -bin can have";
    }
    return NULL;
}

/* Decodes a value to `out`, which has room for value.length + 1 bytes. Returns what is wrong, or
 * NULL. */
static const char *decode_value(haetae_string value, enum alphabet alphabet, char *out,
                                size_t *ret_size)
{
    size_t size = 0;

    for (size_t i = 0; i < value.length; i++) {
        int byte = (unsigned char)value.data[i];
        const char *why;

        if (byte == '%') {
            byte = hae_percent_byte(value.data + i, value.length - i);
            if (byte < 0) {
                return "'%' is not followed by two hexadecimal digits";
            }
            i += 2;
        }
        why = why_not_in(alphabet, byte);
        if (why != NULL) {
            return why;
        }
        out[size++] = (char)byte;
    }
    out[size] = '\0';
    *ret_size = size;
    return NULL;
}

haetae_status hae_http_headers_add(struct curl_slist **headers, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*headers, line);

    if (longer == NULL) {
        return HAETAE_ENOMEM;
    }
    *headers = longer;
    return HAETAE_OK;
}

static const char reserved_name[] = "the exporter itself sets the header of this name";

/* What the functions below work on. */
struct parser {
    const struct hae_http_binding *binding;
    struct curl_slist **headers;
    struct curl_slist **secrets;
    const char *why; /* what is wrong */
};

/* Adds "name: value"; for an empty value "name;", which makes libcurl send the header with no
 * value. */
static haetae_status add_line(struct parser *parser, haetae_string name, const char *value)
{
    size_t room = name.length + strlen(value) + sizeof ": ";
    char *line = malloc(room);
    haetae_status status;

    if (line == NULL) {
        return HAETAE_ENOMEM;
    }
    snprintf(line, room, "%.*s%s%s", (int)name.length, name.data, value[0] != '\0' ? ": " : ";",
             value);
    status = hae_http_headers_add(parser->headers, line);
    free(line);
    return status;
}

/* Adds bytes in base64, by which a server would repeat them. */
static haetae_status add_binary(struct parser *parser, haetae_string name, const char *bytes,
                                size_t size)
{
    char *text = malloc(HAE_BASE64_TEXT_BYTES(size));
    haetae_status status;

    if (text == NULL) {
        return HAETAE_ENOMEM;
    }
    hae_base64_encode(bytes, size, text);
    status = hae_http_add_secret(parser->secrets, text);
    if (status == HAETAE_OK) {
        status = add_line(parser, name, text);
    }
    free(text);
    return status;
}

static enum alphabet alphabet_of(const struct parser *parser, haetae_string name)
{
    const char *suffix = parser->binding->binary_suffix;
    size_t length = suffix != NULL ? strlen(suffix) : 0;

    if (suffix == NULL) {
        return TEXT;
    }
    return name.length > length &&
                   strncasecmp(name.data + name.length - length, suffix, length) == 0
               ? BYTES
               : ASCII;
}

/* Adds a value that is decoded, unless there is a header of this name. */
static haetae_status add_decoded(struct parser *parser, haetae_string name, enum alphabet alphabet,
                                 const char *value, size_t size)
{
    haetae_status status;

    if (hae_http_headers_have(*parser->headers, name)) {
        return HAETAE_OK;
    }
    status = hae_http_add_header_value(parser->secrets, value);
    if (status != HAETAE_OK) {
        return status;
    }
    return alphabet == BYTES ? add_binary(parser, name, value, size)
                             : add_line(parser, name, value);
}

static haetae_status add_entry(struct parser *parser, haetae_string name, haetae_string value)
{
    enum alphabet alphabet = alphabet_of(parser, name);
    char *decoded = malloc(value.length + 1);
    size_t size = 0;
    haetae_status status = HAETAE_EVALUE;

    if (decoded == NULL) {
        return HAETAE_ENOMEM;
    }
    parser->why = decode_value(value, alphabet, decoded, &size);
    if (parser->why == NULL) {
        status = add_decoded(parser, name, alphabet, decoded, size);
    }
    free(decoded);
    return status;
}

static haetae_status refuse(struct parser *parser, const char *why)
{
    parser->why = why;
    return HAETAE_EVALUE;
}

static haetae_status parse_entry(struct parser *parser, haetae_string entry)
{
    const char *equals;
    haetae_string name, value;

    entry = hae_trimmed(entry);
    if (entry.length == 0) {
        return HAETAE_OK;
    }
    equals = memchr(entry.data, '=', entry.length);
    if (equals == NULL) {
        return refuse(parser, "there is no '=' in it");
    }
    name = hae_trimmed((haetae_string){entry.data, (size_t)(equals - entry.data)});
    value =
        hae_trimmed((haetae_string){equals + 1, entry.length - (size_t)(equals + 1 - entry.data)});
    if (!hae_is_token(name)) {
        return refuse(parser, "the name is not one that a header can have");
    }
    if (is_reserved(parser->binding, name)) {
        return refuse(parser, reserved_name);
    }
    return add_entry(parser, name, value);
}

haetae_status hae_http_headers_parse(const char *option, const struct hae_http_binding *binding,
                                     struct curl_slist **headers, struct curl_slist **secrets,
                                     const char **ret_why, unsigned *ret_entry)
{
    struct parser parser = {.binding = binding, .headers = headers, .secrets = secrets};
    const char *end = option + strlen(option);
    unsigned entry = 1;

    for (const char *at = option; at < end; at++) {
        entry += *at == ',';
    }
    /* From the last to the first: of two entries with one name, the later is added and the earlier
     * finds it there. */
    for (; entry > 0; entry--) {
        const char *start = end;
        haetae_status status;

        while (start > option && start[-1] != ',') {
            start--;
        }
        status = parse_entry(&parser, (haetae_string){start, (size_t)(end - start)});
        if (status != HAETAE_OK) {
            *ret_why = parser.why;
            *ret_entry = entry;
            return status;
        }
        end = start > option ? start - 1 : option;
    }
    return HAETAE_OK;
}

haetae_status hae_http_headers_add_pair(const char *name, const char *value,
                                        const struct hae_http_binding *binding,
                                        struct curl_slist **headers, struct curl_slist **secrets,
                                        const char **ret_why)
{
    struct parser parser = {.binding = binding, .headers = headers, .secrets = secrets};
    haetae_string pair_name = haetae_string_of(name);
    enum alphabet alphabet = alphabet_of(&parser, pair_name);

    *ret_why = is_reserved(binding, pair_name) ? reserved_name : NULL;
    for (const char *at = value; *at != '\0' && *ret_why == NULL; at++) {
        *ret_why = why_not_in(alphabet, (unsigned char)*at);
    }
    return *ret_why != NULL ? HAETAE_EVALUE
                            : add_decoded(&parser, pair_name, alphabet, value, strlen(value));
}

haetae_status hae_http_headers_add_others(struct curl_slist **headers,
                                          const struct curl_slist *others)
{
    haetae_status status = HAETAE_OK;

    for (; others != NULL && status == HAETAE_OK; others = others->next) {
        haetae_string name = {others->data, strcspn(others->data, ":;")};

        if (!hae_http_headers_have(*headers, name)) {
            status = hae_http_headers_add(headers, others->data);
        }
    }
    return status;
}
