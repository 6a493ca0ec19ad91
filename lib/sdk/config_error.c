/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/config_error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/diagnostics.h"
#include "base/printable.h"
#include "sdk/config_read.h"

enum {
    TAIL_BYTES = 32, /* for "(and 12 more)" */
    LINE_BYTES = 768
};

/* ---- Lines -------------------------------------------------------------- */

static void add_line(struct hae_config_text *text, const char *line)
{
    size_t length = strlen(line);
    char *at;

    text->line_count++;
    if (text->stale) {
        text->stale = false;
        text->length = 0;
        text->left_out_count = 0;
    }
    at = text->text + text->length;
    if (text->left_out_count != 0 || text->length + 1 + length + TAIL_BYTES > sizeof text->text) {
        text->left_out_count++;
        snprintf(at, TAIL_BYTES, "\n(and %u more)", text->left_out_count);
        return;
    }
    if (text->length != 0) {
        *at++ = '\n';
    }
    memcpy(at, line, length + 1);
    text->length = (size_t)(at - text->text) + length;
}

static void format_line(char out[LINE_BYTES], const char *format, va_list arguments)
{
    char line[LINE_BYTES];

    vsnprintf(line, sizeof line, format, arguments);
    hae_escape(out, LINE_BYTES, line, strlen(line));
}

void hae_config_text_add(struct hae_config_text *text, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    format_line(line, format, arguments);
    va_end(arguments);
    add_line(text, line);
}

/* ---- Errors ------------------------------------------------------------- */

const char *haetae_config_error(const haetae_config *config)
{
    return config != NULL ? config->errors.text : "";
}

void hae_config_error_start(haetae_config *config)
{
    config->errors.stale = true;
}

void haetae_config_add_error(haetae_config *config, const char *key, const char *why)
{
    size_t found = key != NULL ? hae_config_find(key) : HAE_CONFIG_NO_KEY;
    char shown[HAE_CONFIG_SHOWN_BYTES] = "\"\"";
    const char *suffix = "";

    if (config == NULL) {
        return;
    }
    why = why != NULL ? why : "";
    if (key == NULL) {
        hae_config_error_add(config, "%s", why);
        return;
    }
    if (found != HAE_CONFIG_NO_KEY) {
        hae_config_show(found, hae_config_text(config, found), shown);
        suffix = hae_config_suffix(config, found);
    }
    hae_config_error_add(config, "%s%s%s=%s: %s", key, suffix[0] != '\0' ? "__" : "", suffix, shown,
                         why);
}

/* ---- Warnings ----------------------------------------------------------- */

const char *haetae_config_warnings(const haetae_config *config)
{
    return config != NULL ? config->warnings.text : "";
}

/* Whether a text has a line. */
static bool has_line(const char *text, const char *line)
{
    size_t length = strlen(line);

    while (*text != '\0') {
        size_t other = strcspn(text, "\n");

        if (other == length && memcmp(text, line, length) == 0) {
            return true;
        }
        text += other + (text[other] == '\n');
    }
    return false;
}

void hae_config_warn(haetae_config *config, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    format_line(line, format, arguments);
    va_end(arguments);
    if (!has_line(config->warnings.text, line)) {
        add_line(&config->warnings, line);
    }
}

void haetae_config_add_warning(haetae_config *config, const char *text)
{
    if (config != NULL && text != NULL) {
        hae_config_warn(config, "%s", text);
    }
}

void hae_config_forget_warnings(haetae_config *config)
{
    config->warnings = (struct hae_config_text){.length = 0};
    config->warned_bytes = 0;
}

void hae_config_report(const char *text, const char *prefix, haetae_diagnostics callback,
                       void *user, haetae_diagnostic_level level)
{
    char line[HAE_DIAGNOSTIC_BYTES];

    while (*text != '\0' && callback != NULL) {
        size_t length = strcspn(text, "\n");
        int used = snprintf(line, sizeof line, "%s", prefix);

        if (length != 0) {
            hae_escape(line + used, sizeof line - (size_t)used, text, length);
            callback(user, level, line);
        }
        text += length + (text[length] == '\n');
    }
}

void hae_config_report_warnings(haetae_config *config)
{
    const struct hae_config_text *warnings = &config->warnings;

    if (hae_diagnostic_severity(HAETAE_DIAGNOSTIC_WARN) >=
        hae_config_int(config, HAE_KEY_OTEL_LOG_LEVEL)) {
        hae_config_report(warnings->text + config->warned_bytes, "", config->diagnostics,
                          config->diagnostics_user, HAETAE_DIAGNOSTIC_WARN);
    }
    config->warned_bytes = strlen(warnings->text);
}

/* ---- Values ------------------------------------------------------------- */

void hae_config_show(size_t key, const char *value, char out[HAE_CONFIG_SHOWN_BYTES])
{
    enum { PART_BYTES = 64 };
    const haetae_config_key *def = hae_config_def(key);
    struct hae_config_mask mask = hae_config_mask(def, haetae_string_of(value));
    char scheme[PART_BYTES] = "", rest[PART_BYTES];
    size_t shown;

    if (def->type == HAETAE_CONFIG_SECRET) {
        snprintf(out, HAE_CONFIG_SHOWN_BYTES, HAE_CONFIG_HIDDEN);
        return;
    }
    if (mask.scheme.length != 0) {
        hae_escape(scheme, sizeof scheme, mask.scheme.data, mask.scheme.length);
    }
    shown = hae_escape(rest, sizeof rest, mask.rest.data, mask.rest.length);
    snprintf(out, HAE_CONFIG_SHOWN_BYTES, "\"%s%s%s%s%s\"", scheme,
             mask.scheme.length != 0 ? "://" : "", mask.credentials ? "***" : "", rest,
             mask.query ? "?***" : "");
    if (shown < mask.rest.length) {
        size_t used = strlen(out) - 1; /* over the closing quote */

        snprintf(out + used, HAE_CONFIG_SHOWN_BYTES - used, "...\"");
    }
}

static void join_choices(const char *choices, char *out, size_t size_bytes)
{
    size_t at = 0;

    out[0] = '\0';
    while (*choices != '\0' && at < size_bytes) {
        int length = (int)strcspn(choices, "|");

        at += (size_t)snprintf(out + at, size_bytes - at, "%s%.*s", at == 0 ? "" : ", ", length,
                               choices);
        choices += length;
        choices += *choices == '|';
    }
}

/* What a value of this key should be, to follow "expected ". */
static void expected(const haetae_config_key *def, char *out, size_t size_bytes)
{
    char choices[200];

    switch ((haetae_config_type)def->type) {
    case HAETAE_CONFIG_BOOL:
    case HAETAE_CONFIG_CHOICE:
        join_choices(hae_config_choices(def), choices, sizeof choices);
        snprintf(out, size_bytes, "one of: %s", choices);
        break;
    case HAETAE_CONFIG_LIST:
        snprintf(out, size_bytes, "names, separated by commas, or none");
        break;
    case HAETAE_CONFIG_DURATION:
    case HAETAE_CONFIG_TIMEOUT:
        snprintf(out, size_bytes, "milliseconds, a whole number from %" PRId64 "%s to %" PRId64,
                 def->min, def->type == HAETAE_CONFIG_TIMEOUT ? " (no limit)" : "", def->max);
        break;
    case HAETAE_CONFIG_COUNT:
        snprintf(out, size_bytes, "a whole number from %" PRId64 " to %" PRId64, def->min,
                 def->max);
        break;
    case HAETAE_CONFIG_BYTES:
        snprintf(out, size_bytes,
                 "a size from %" PRId64 " to %" PRId64
                 " bytes, as a whole number that k, m or g may follow (KiB, MiB, GiB)",
                 def->min, def->max);
        break;
    case HAETAE_CONFIG_SEVERITY:
        snprintf(out, size_bytes,
                 "trace, debug, info, warn, error, fatal, or a whole number from 0 to 24");
        break;
    case HAETAE_CONFIG_RATIO:
        snprintf(out, size_bytes, "a decimal number from 0 to 1");
        break;
    case HAETAE_CONFIG_PAIRS:
        snprintf(out, size_bytes, "key=value,key=value, percent-encoded UTF-8");
        break;
    case HAETAE_CONFIG_URL:
        snprintf(out, size_bytes, "a URL without spaces, such as http://localhost:4318");
        break;
    case HAETAE_CONFIG_PATH:
        snprintf(out, size_bytes, "the path of a file, at most 4095 bytes");
        break;
    case HAETAE_CONFIG_TEXT:
    case HAETAE_CONFIG_SECRET:
        snprintf(out, size_bytes, "UTF-8 text without control characters");
        break;
    }
}

void hae_config_text_value(struct hae_config_text *text, size_t key, const char *suffix,
                           const char *value, const char *fault)
{
    const haetae_config_key *def = hae_config_def(key);
    char shown[HAE_CONFIG_SHOWN_BYTES];
    char wanted[256];

    hae_config_show(key, value, shown);
    expected(def, wanted, sizeof wanted);
    hae_config_text_add(text, "%s%s%s=%s: expected %s%s%s", def->name,
                        suffix[0] != '\0' ? "__" : "", suffix, shown, wanted,
                        fault[0] != '\0' ? "; " : "", fault);
}

void hae_config_text_unknown(struct hae_config_text *text, const char *name)
{
    const char *nearest = hae_config_nearest(name);
    size_t length = strlen(name);
    char shown[96];
    bool cut = hae_escape(shown, sizeof shown, name, length) < length;

    hae_config_text_add(text, "%s%s: no configuration key has this name%s%s%s", shown,
                        cut ? "..." : "", nearest != NULL ? "; did you mean " : "",
                        nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
}
