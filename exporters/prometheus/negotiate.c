/* SPDX-License-Identifier: Apache-2.0 */
#include "negotiate.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/trim.h"

/* Takes the text up to `separator` off the front. Quoted text is not looked into. */
static haetae_string take(haetae_string *rest, char separator)
{
    haetae_string part = {rest->data, 0};
    bool quoted = false;

    while (part.length < rest->length && (quoted || rest->data[part.length] != separator)) {
        quoted = quoted != (rest->data[part.length] == '"');
        part.length++;
    }
    rest->data += part.length;
    rest->length -= part.length;
    if (rest->length > 0) {
        rest->data++;
        rest->length--;
    }
    return hae_trimmed_header(part);
}

static bool is(haetae_string span, const char *text)
{
    return span.length == strlen(text) && strncasecmp(span.data, text, span.length) == 0;
}

static haetae_string unquoted(haetae_string span)
{
    if (span.length >= 2 && span.data[0] == '"' && span.data[span.length - 1] == '"') {
        span.data++;
        span.length -= 2;
    }
    return span;
}

/* A weight of 0 to 1 as thousandths; what is none counts as 0. */
static int weight_of(haetae_string span)
{
    int weight = 0;
    int unit = 100;

    if (span.length == 0 || (span.data[0] != '0' && span.data[0] != '1')) {
        return 0;
    }
    weight = span.data[0] == '1' ? 1000 : 0;
    for (size_t i = 1; i < span.length; i++) {
        if (i == 1 && span.data[i] == '.') {
            continue;
        }
        if (i == 1 || span.data[i] < '0' || span.data[i] > '9') {
            return 0;
        }
        weight += unit * (span.data[i] - '0');
        unit /= 10;
    }
    return weight < 1000 ? weight : 1000;
}

/* One of the ranges of the header. */
struct range {
    haetae_string type;
    haetae_string version;
    haetae_string proto;
    haetae_string encoding;
    haetae_string escaping;
    int weight;
};

static struct range read_range(haetae_string text)
{
    struct range range = {.weight = 1000};

    range.type = take(&text, ';');
    while (text.length > 0) {
        haetae_string value = take(&text, ';');
        haetae_string name = take(&value, '=');

        value = unquoted(hae_trimmed_header(value));
        if (is(name, "version")) {
            range.version = value;
        } else if (is(name, "proto")) {
            range.proto = value;
        } else if (is(name, "encoding")) {
            range.encoding = value;
        } else if (is(name, "escaping")) {
            range.escaping = value;
        } else if (is(name, "q")) {
            range.weight = weight_of(value);
        }
    }
    return range;
}

static enum hae_prom_escaping escaping_of(haetae_string span)
{
    return is(span, "allow-utf-8") || is(span, "allow-utf8") ? HAE_PROM_ALLOW_UTF8
           : is(span, "dots")                                ? HAE_PROM_ESCAPE_DOTS
           : is(span, "values")                              ? HAE_PROM_ESCAPE_VALUES
                                                             : HAE_PROM_ESCAPE_UNDERSCORES;
}

static bool is_text(const struct range *range)
{
    if (is(range->type, "*/*") || is(range->type, "text/*")) {
        return true;
    }
    return is(range->type, "text/plain") &&
           (range->version.length == 0 || is(range->version, "0.0.4") ||
            is(range->version, "1.0.0"));
}

/* Whether it is a format that there is. */
static bool choose(const struct range *range, struct hae_prom_choice *ret_choice)
{
    struct hae_prom_choice choice = {.escaping = escaping_of(range->escaping),
                                     .names_escaping = range->escaping.length > 0};

    if (is_text(range)) {
        choice.format = HAE_PROM_TEXT;
        choice.is_older = !is(range->version, "1.0.0");
    } else if (is(range->type, "application/openmetrics-text") &&
               (range->version.length == 0 || is(range->version, "0.0.1") ||
                is(range->version, "1.0.0"))) {
        choice.format = HAE_PROM_OPENMETRICS;
        choice.is_older = is(range->version, "0.0.1");
    } else if (is(range->type, "application/vnd.google.protobuf") &&
               is(range->proto, "io.prometheus.client.MetricFamily") &&
               is(range->encoding, "delimited")) {
        choice.format = HAE_PROM_PROTOBUF;
    } else {
        return false;
    }
    if (choice.is_older && choice.escaping == HAE_PROM_ALLOW_UTF8) {
        choice.escaping = HAE_PROM_ESCAPE_UNDERSCORES;
    }
    *ret_choice = choice;
    return true;
}

struct hae_prom_choice hae_prom_negotiate(const char *accept)
{
    struct hae_prom_choice best = {.format = HAE_PROM_TEXT, .is_older = true};
    haetae_string rest = {accept, accept != NULL ? strlen(accept) : 0};
    int best_weight = 0;

    while (rest.length > 0) {
        struct range range = read_range(take(&rest, ','));
        struct hae_prom_choice choice;

        /* Of equal weights the first counts. */
        if (range.weight > best_weight && choose(&range, &choice)) {
            best = choice;
            best_weight = range.weight;
        }
    }
    return best;
}

void hae_prom_content_type(const struct hae_prom_choice *choice,
                           char ret_text[HAE_PROM_CONTENT_TYPE_BYTES])
{
    static const char *const escapings[] = {"underscores", "allow-utf-8", "dots", "values"};
    int length;

    if (choice->format == HAE_PROM_PROTOBUF) {
        length = snprintf(ret_text, HAE_PROM_CONTENT_TYPE_BYTES, "%s",
                          "application/vnd.google.protobuf; "
                          "proto=io.prometheus.client.MetricFamily; encoding=delimited");
    } else if (choice->format == HAE_PROM_OPENMETRICS) {
        length = snprintf(ret_text, HAE_PROM_CONTENT_TYPE_BYTES,
                          "application/openmetrics-text; version=%s; charset=utf-8",
                          choice->is_older ? "0.0.1" : "1.0.0");
    } else {
        length =
            snprintf(ret_text, HAE_PROM_CONTENT_TYPE_BYTES, "text/plain; version=%s; charset=utf-8",
                     choice->is_older ? "0.0.4" : "1.0.0");
    }
    if (choice->names_escaping) {
        snprintf(ret_text + length, HAE_PROM_CONTENT_TYPE_BYTES - (size_t)length, "; escaping=%s",
                 escapings[choice->escaping]);
    }
}

bool hae_prom_accepts_gzip(const char *accept_encoding)
{
    haetae_string rest = {accept_encoding, accept_encoding != NULL ? strlen(accept_encoding) : 0};

    while (rest.length > 0) {
        struct range range = read_range(take(&rest, ','));

        if (is(range.type, "gzip")) {
            return range.weight > 0;
        }
    }
    return false;
}
