/* SPDX-License-Identifier: Apache-2.0 */
#include "name.h"

#include <string.h>

#include "base/hex.h"
#include "base/utf8.h"
#include "plain.h"
#include "unit.h"

/* ---- Escaping schemes -------------------------------------------------------------------- */

static void escape_underscores(struct hae_buffer *out, haetae_string name, bool is_label)
{
    for (size_t i = 0; i < name.length;) {
        int step = hae_utf8_step((const uint8_t *)name.data + i, name.length - i);
        bool plain = step == 1 && hae_prom_is_plain_char(name.data[i], is_label, i == 0);

        hae_buffer_char(out, plain ? name.data[i] : '_');
        i += (size_t)(step < 0 ? -step : step);
    }
}

static void escape_dots(struct hae_buffer *out, haetae_string name, bool is_label)
{
    for (size_t i = 0; i < name.length;) {
        int step = hae_utf8_step((const uint8_t *)name.data + i, name.length - i);
        char c = name.data[i];

        if (step == 1 && c == '.') {
            hae_buffer_text(out, "_dot_");
        } else if (step == 1 && c != '_' && hae_prom_is_plain_char(c, is_label, i == 0)) {
            hae_buffer_char(out, c);
        } else {
            hae_buffer_text(out, "__");
        }
        i += (size_t)(step < 0 ? -step : step);
    }
}

static void escape_values(struct hae_buffer *out, haetae_string name, bool is_label)
{
    hae_buffer_text(out, "U__");
    for (size_t i = 0; i < name.length;) {
        uint32_t code;
        int step = hae_utf8_decode((const uint8_t *)name.data + i, name.length - i, &code);
        char c = name.data[i];

        if (step == 1 && c == '_') {
            hae_buffer_text(out, "__");
        } else if (step == 1 && hae_prom_is_plain_char(c, is_label, i == 0)) {
            hae_buffer_char(out, c);
        } else {
            hae_buffer_format(out, step < 0 ? "_FFFD_" : "_%x_", (unsigned)code);
        }
        i += (size_t)(step < 0 ? -step : step);
    }
}

static void put_escaped(struct hae_buffer *out, enum hae_prom_escaping escaping, haetae_string name,
                        bool is_label)
{
    switch (escaping) {
    case HAE_PROM_ESCAPE_DOTS: /* changes plain names as well: their underscores */
        escape_dots(out, name, is_label);
        break;
    case HAE_PROM_ESCAPE_VALUES:
        if (hae_prom_is_plain(name, is_label)) {
            hae_buffer_add(out, name.data, name.length);
        } else {
            escape_values(out, name, is_label);
        }
        break;
    case HAE_PROM_ALLOW_UTF8:
        hae_prom_put_valid(out, name);
        break;
    case HAE_PROM_ESCAPE_UNDERSCORES:
    default:
        escape_underscores(out, name, is_label);
        break;
    }
}

/* ---- Families and labels ----------------------------------------------------------------- */

static bool has_suffixes(const struct hae_prom_style *style)
{
    return style->options->strategy == HAE_PROM_UNDERSCORES_WITH_SUFFIXES ||
           style->options->strategy == HAE_PROM_UTF8_WITH_SUFFIXES;
}

static bool is_escaped_first(const struct hae_prom_style *style)
{
    return style->options->strategy == HAE_PROM_UNDERSCORES_WITH_SUFFIXES ||
           style->options->strategy == HAE_PROM_UNDERSCORES_WITHOUT_SUFFIXES;
}

static bool drop_total(struct hae_buffer *name)
{
    static const char total[] = "_total";
    size_t length = sizeof total - 1;

    /* Nothing but it is a name. */
    if (name->failed || name->length <= length ||
        memcmp(name->data + name->length - length, total, length) != 0) {
        return false;
    }
    name->length -= length;
    return true;
}

/* The unit comes before _total, once. */
static void add_suffixes(struct hae_buffer *name, haetae_string unit, enum hae_prom_type type)
{
    struct hae_buffer word = HAE_BUFFER_INIT;

    hae_prom_put_unit(&word, unit, type == HAE_PROM_GAUGE);
    if (type == HAE_PROM_COUNTER) {
        (void)drop_total(name);
    }
    if (word.length > 0 && !name->failed &&
        !hae_prom_ends_with_word(name->data, name->length, word.data)) {
        hae_buffer_char(name, '_');
        hae_buffer_add(name, word.data, word.length);
    }
    if (type == HAE_PROM_COUNTER) {
        hae_buffer_text(name, "_total");
    }
    name->failed = name->failed || word.failed;
    hae_buffer_done(&word);
}

enum hae_prom_type hae_prom_put_family(struct hae_buffer *out, const struct hae_prom_style *style,
                                       haetae_string name, haetae_string unit,
                                       enum hae_prom_type type)
{
    struct hae_buffer translated = HAE_BUFFER_INIT;
    struct hae_buffer escaped = HAE_BUFFER_INIT;

    if (is_escaped_first(style)) {
        hae_prom_put_plain(&translated, name, false);
    } else {
        hae_buffer_add(&translated, name.data, name.length);
    }
    if (has_suffixes(style)) {
        add_suffixes(&translated, unit, type);
    }
    put_escaped(&escaped, style->escaping,
                (haetae_string){translated.data, translated.failed ? 0 : translated.length}, false);
    if (style->format == HAE_PROM_OPENMETRICS && type == HAE_PROM_COUNTER &&
        !drop_total(&escaped)) {
        type = HAE_PROM_UNKNOWN;
    }
    out->failed = out->failed || translated.failed || escaped.failed;
    hae_buffer_add(out, escaped.data, escaped.length);
    hae_buffer_done(&translated);
    hae_buffer_done(&escaped);
    return type;
}

void hae_prom_put_label(struct hae_buffer *out, const struct hae_prom_style *style,
                        haetae_string key)
{
    size_t from = out->length;

    if (is_escaped_first(style) && style->escaping != HAE_PROM_ESCAPE_DOTS) {
        hae_prom_put_plain(out, key, true);
        return;
    }
    if (is_escaped_first(style)) {
        struct hae_buffer plain = HAE_BUFFER_INIT;

        hae_prom_put_plain(&plain, key, true);
        escape_dots(out, (haetae_string){plain.data, plain.failed ? 0 : plain.length}, true);
        out->failed = out->failed || plain.failed;
        hae_buffer_done(&plain);
        return;
    }
    if (key.length == 0) {
        hae_buffer_char(out, '_');
        return;
    }
    put_escaped(out, style->escaping, key, true);
    /* The name of the metric itself. */
    if (!out->failed && out->length - from == 8 && memcmp(out->data + from, "__name__", 8) == 0) {
        out->length = from;
        hae_buffer_text(out, "_name_");
    }
}
