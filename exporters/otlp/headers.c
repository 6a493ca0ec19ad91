/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/headers.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "base/trim.h"
#include "otlp/secrets.h"

/* A token of RFC 9110. */
static bool is_token(haetae_string name)
{
    static const char allowed[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    for (size_t i = 0; i < name.length; i++) {
        if (name.data[i] == '\0' || strchr(allowed, name.data[i]) == NULL) {
            return false;
        }
    }
    return name.length > 0;
}

/* Headers that describe the body and its framing: another value would contradict what is sent. */
static bool is_reserved(haetae_string name)
{
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
    return false;
}

static bool has_header(const struct curl_slist *headers, haetae_string name)
{
    for (; headers != NULL; headers = headers->next) {
        if (strncasecmp(headers->data, name.data, name.length) == 0 &&
            (headers->data[name.length] == ':' || headers->data[name.length] == ';')) {
            return true;
        }
    }
    return false;
}

/* Decodes a value to `out`, which has room for value.length + 1 bytes. Returns
 * what is wrong, or NULL. */
static const char *decode_value(haetae_string value, char *out)
{
    for (size_t i = 0; i < value.length; i++) {
        int byte = (unsigned char)value.data[i];

        if (byte == '%') {
            int high = i + 2 < value.length ? hae_hex_value(value.data[i + 1]) : -1;
            int low = i + 2 < value.length ? hae_hex_value(value.data[i + 2]) : -1;

            if (high < 0 || low < 0) {
                return "'%' is not followed by two hexadecimal digits";
            }
            byte = high * 16 + low;
            i += 2;
        }
        /* A line break would add headers, or a request, of its own. */
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
            return "the value holds a control character";
        }
        *out++ = (char)byte;
    }
    *out = '\0';
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

static haetae_status add_entry(haetae_string name, haetae_string value, struct curl_slist **headers,
                               struct curl_slist **secrets, const char **ret_why)
{
    /* "name: value"; for an empty value "name;", which makes libcurl send the header with no
     * value. */
    char *line = malloc(name.length + value.length + 3);
    char *value_at;
    haetae_status status;

    if (line == NULL) {
        return HAETAE_ENOMEM;
    }
    memcpy(line, name.data, name.length);
    memcpy(line + name.length, value.length > 0 ? ": " : "; ", 2);
    value_at = line + name.length + 2;

    *ret_why = decode_value(value, value_at);
    if (*ret_why != NULL) {
        status = HAETAE_EVALUE;
    } else if (has_header(*headers, name)) {
        status = HAETAE_OK;
    } else {
        status = hae_http_add_header_value(secrets, value_at);
        if (value.length == 0) {
            line[name.length + 1] = '\0';
        }
        if (status == HAETAE_OK) {
            status = hae_http_headers_add(headers, line);
        }
    }
    free(line);
    return status;
}

static haetae_status parse_entry(haetae_string entry, struct curl_slist **headers,
                                 struct curl_slist **secrets, const char **ret_why)
{
    const char *equals;
    haetae_string name, value;

    entry = hae_trimmed(entry);
    if (entry.length == 0) {
        return HAETAE_OK;
    }
    equals = memchr(entry.data, '=', entry.length);
    if (equals == NULL) {
        *ret_why = "there is no '=' in it";
        return HAETAE_EVALUE;
    }
    name = hae_trimmed((haetae_string){entry.data, (size_t)(equals - entry.data)});
    value =
        hae_trimmed((haetae_string){equals + 1, entry.length - (size_t)(equals + 1 - entry.data)});
    if (!is_token(name)) {
        *ret_why = "the name is not one that a header can have";
        return HAETAE_EVALUE;
    }
    if (is_reserved(name)) {
        *ret_why = "the exporter itself sets the header of this name";
        return HAETAE_EVALUE;
    }
    return add_entry(name, value, headers, secrets, ret_why);
}

haetae_status hae_http_headers_parse(const char *option, struct curl_slist **headers,
                                     struct curl_slist **secrets, const char **ret_why,
                                     unsigned *ret_entry)
{
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
        status =
            parse_entry((haetae_string){start, (size_t)(end - start)}, headers, secrets, ret_why);
        if (status != HAETAE_OK) {
            *ret_entry = entry;
            return status;
        }
        end = start > option ? start - 1 : option;
    }
    return HAETAE_OK;
}
