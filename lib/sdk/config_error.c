/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/config_error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/printable.h"
#include "sdk/config_read.h"

enum {
    TAIL_BYTES = 32, /* for "(and 12 more)" */
    LINE_BYTES = 768
};

const char *haetae_config_error(const haetae_config *config)
{
    return config != NULL ? config->error : "";
}

void hae_config_error_start(haetae_config *config)
{
    config->error_stale = true;
}

void hae_config_error_add(haetae_config *config, const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;
    size_t length;
    char *at;

    config->error_line_count++;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    length = strlen(line);
    if (config->error_stale) {
        config->error_stale = false;
        config->error_length = 0;
        config->error_left_out_count = 0;
    }
    at = config->error + config->error_length;
    if (config->error_left_out_count != 0 ||
        config->error_length + 1 + length + TAIL_BYTES > sizeof config->error) {
        config->error_left_out_count++;
        snprintf(at, TAIL_BYTES, "\n(and %u more)", config->error_left_out_count);
        return;
    }
    if (config->error_length != 0) {
        *at++ = '\n';
    }
    memcpy(at, line, length + 1);
    config->error_length = (size_t)(at - config->error) + length;
}

void haetae_config_add_error(haetae_config *config, const char *key, const char *why)
{
    size_t found = key != NULL ? hae_config_find(key) : HAE_CONFIG_NO_KEY;
    char shown[HAE_CONFIG_SHOWN_BYTES] = "\"\"";

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
    }
    hae_config_error_add(config, "%s=%s: %s", key, shown, why);
}

/* ---- Values ------------------------------------------------------------- */

/* Where a user and a password end in what may be a URL; NULL if there is none. */
static const char *after_credentials(const haetae_config_key *def, const char *value)
{
    const char *at = strrchr(value, '@');

    if (at == NULL || (def->type != HAETAE_CONFIG_URL && strstr(value, "://") == NULL)) {
        return NULL;
    }
    return at;
}

void hae_config_show(size_t key, const char *value, char out[HAE_CONFIG_SHOWN_BYTES])
{
    enum { PART_BYTES = 64 };
    const haetae_config_key *def = hae_config_def(key);
    const char *end = after_credentials(def, value);
    const char *start = end != NULL ? strstr(value, "://") : NULL;
    int start_length = start != NULL && start < end && start - value < 8 ? (int)(start - value) : 0;
    char scheme[PART_BYTES], rest[PART_BYTES];
    size_t length, shown;

    if (def->type == HAETAE_CONFIG_SECRET) {
        snprintf(out, HAE_CONFIG_SHOWN_BYTES, "(hidden)");
        return;
    }
    hae_escape(scheme, sizeof scheme, value, (size_t)start_length);
    value = end != NULL ? end : value;
    /* Tokens are often in a URL's query. */
    length = def->type == HAETAE_CONFIG_URL ? strcspn(value, "?#") : strlen(value);
    shown = hae_escape(rest, sizeof rest, value, length);
    snprintf(out, HAE_CONFIG_SHOWN_BYTES, "\"%s%s%s%s%s\"", scheme, start_length > 0 ? "://" : "",
             end != NULL ? "***" : "", rest, value[length] != '\0' ? "?***" : "");
    if (shown < length) {
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
        snprintf(out, size_bytes, "names of exporters, separated by commas, or none");
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

void hae_config_error_value(haetae_config *config, size_t key, const char *value, const char *fault)
{
    const haetae_config_key *def = hae_config_def(key);
    char shown[HAE_CONFIG_SHOWN_BYTES];
    char wanted[256];

    hae_config_show(key, value, shown);
    expected(def, wanted, sizeof wanted);
    hae_config_error_add(config, "%s=%s: expected %s%s%s", def->name, shown, wanted,
                         fault[0] != '\0' ? "; " : "", fault);
}

void hae_config_error_unknown(haetae_config *config, const char *name)
{
    const char *nearest = hae_config_nearest(name);
    size_t length = strlen(name);
    char shown[96];
    bool cut = hae_escape(shown, sizeof shown, name, length) < length;

    hae_config_error_add(config, "%s%s: no configuration key has this name%s%s%s", shown,
                         cut ? "..." : "", nearest != NULL ? "; did you mean " : "",
                         nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
}
