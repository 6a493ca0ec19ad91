/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haetae/version.h"

static const char help[] =
    "Usage: haetae-recover [OPTION]... DIR\n"
    "       haetae-recover --spool [OPTION]... DIR\n"
    "       haetae-recover --spool --list DIR\n"
    "Exports what killed processes left in their HAETAE_RECORDER_DIR, or with --spool what\n"
    "processes that have ended left in their HAETAE_SPOOL_DIR.\n"
    "\n"
    "  --spool           DIR is a HAETAE_SPOOL_DIR; what is sent of it leaves it, whatever its "
    "age\n"
    "  --list            only print what the spools have, by exporter and signal: segments,\n"
    "                    requests, items, bytes, age; nothing is sent or changed\n"
    "  --to URL          export to an OTLP/HTTP receiver, such as http://localhost:4318;\n"
    "                    without --to, to the one in OTEL_EXPORTER_OTLP_ENDPOINT\n"
    "  --to file:PATH    append OTLP JSON to a file, one request per line\n"
    "  --to console      write readable lines to standard output\n"
    "  --timeout-ms N    give up after N milliseconds (60000); what is left stays in DIR\n"
    "  --redact KEYS=delete, KEYS=replace:TEXT, KEYS=hash:FILE\n"
    "                    redact the attributes whose keys match KEYS, with * and ?, before they\n"
    "                    leave; FILE has the secret in its first line; may be repeated, and the\n"
    "                    first rule that matches counts\n"
    "  --unredacted      export as it is what a process left that had rules of redaction;\n"
    "                    without this and --redact such a file stays\n"
    "  --quiet           print nothing when all is well\n"
    "  --help, --version\n"
    "\n"
    "With a receiver, these variables of the environment are used: OTEL_EXPORTER_OTLP_* (with\n"
    "--to: but for endpoints), OTEL_BSP_*, OTEL_BLRP_*, OTEL_METRIC_EXPORT_TIMEOUT, "
    "HAETAE_QUEUE_BYTES,\n"
    "HAETAE_MAX_REQUEST_BYTES, HAETAE_RETRY_*, and those that name a proxy. They mean what they\n"
    "mean for the processes. A file or the console uses none.\n"
    "Exit status: 0 all was delivered or listed, 1 a file stays or something failed, 2 usage "
    "error,\n"
    "3 a file stays for want of --redact or --unredacted.\n";

static enum hae_rec_parsed wrong(const char *what, const char *value)
{
    fprintf(stderr, "haetae-recover: %s%s%s%s\nTry haetae-recover --help.\n", what,
            value != NULL ? " '" : "", value != NULL ? value : "", value != NULL ? "'" : "");
    return HAE_REC_WRONG;
}

static bool read_target(const char *text, struct hae_rec_options *options)
{
    if (strcmp(text, "console") == 0) {
        options->to = HAE_REC_TO_CONSOLE;
    } else if (strncmp(text, "file:", 5) == 0 && text[5] != '\0') {
        options->to = HAE_REC_TO_FILE;
        options->target = text + 5;
    } else if (strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0) {
        options->to = HAE_REC_TO_OTLP;
        options->target = text;
    } else {
        return false;
    }
    return true;
}

static bool read_number(const char *text, uint32_t *ret_number)
{
    char *end;

    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number > INT32_MAX) {
        return false;
    }
    *ret_number = (uint32_t)number;
    return true;
}

/* Whether `argument` is this option, not abbreviated. *ret_value is the value after "=", or
 * NULL. */
static bool is_option(const char *argument, const char *name, const char **ret_value)
{
    size_t length = strlen(name);

    if (strncmp(argument, name, length) != 0 ||
        (argument[length] != '\0' && argument[length] != '=')) {
        return false;
    }
    *ret_value = argument[length] == '=' ? argument + length + 1 : NULL;
    return true;
}

static enum hae_rec_parsed read_rule(const char *value, struct hae_rec_options *options)
{
    if (options->rule_count == HAE_REC_RULES_MAX) {
        return wrong("too many rules:", value);
    }
    if (!hae_rec_rule_read(value, &options->rules[options->rule_count])) {
        return wrong("--redact expects KEYS=delete, KEYS=replace:TEXT or KEYS=hash:FILE, not",
                     value);
    }
    options->rule_count++;
    return HAE_REC_RUN;
}

/* Reads an option's value, which may be the next argument. */
static enum hae_rec_parsed read_value(const char *argument, const char *value,
                                      struct hae_rec_options *options)
{
    if (value == NULL) {
        return wrong("no value after", argument);
    }
    if (strncmp(argument, "--redact", 8) == 0) {
        return read_rule(value, options);
    }
    if (strncmp(argument, "--to", 4) == 0 && (argument[4] == '\0' || argument[4] == '=')) {
        return read_target(value, options)
                   ? HAE_REC_RUN
                   : wrong("--to expects a URL, file:PATH or console, not", value);
    }
    return read_number(value, &options->timeout_ms)
               ? HAE_REC_RUN
               : wrong("--timeout-ms expects milliseconds, not", value);
}

/* False: it has said why they do not. */
static bool fits_together(const struct hae_rec_options *options)
{
    if (options->unredacted && options->rule_count != 0) {
        (void)wrong("--redact and --unredacted exclude each other", NULL);
        return false;
    }
    if (options->list && !options->spool) {
        (void)wrong("--list needs --spool", NULL);
        return false;
    }
    if (options->spool && (options->unredacted || options->rule_count != 0)) {
        (void)wrong("a spool has what its process had redacted: --spool takes neither --redact nor "
                    "--unredacted",
                    NULL);
        return false;
    }
    return true;
}

enum hae_rec_parsed hae_rec_parse(int argc, char **argv, struct hae_rec_options *ret_options)
{
    struct hae_rec_options options = {.to = HAE_REC_TO_OTLP, .timeout_ms = 60000};

    for (int i = 1; i < argc; i++) {
        const char *argument = argv[i];
        const char *value;

        if (strcmp(argument, "--help") == 0) {
            fputs(help, stdout);
            return HAE_REC_DONE;
        }
        if (strcmp(argument, "--version") == 0) {
            puts("haetae-recover " HAETAE_VERSION);
            return HAE_REC_DONE;
        }
        if (strcmp(argument, "--quiet") == 0) {
            options.quiet = 1;
        } else if (strcmp(argument, "--unredacted") == 0) {
            options.unredacted = true;
        } else if (strcmp(argument, "--spool") == 0) {
            options.spool = true;
        } else if (strcmp(argument, "--list") == 0) {
            options.list = true;
        } else if (is_option(argument, "--to", &value) || is_option(argument, "--redact", &value) ||
                   is_option(argument, "--timeout-ms", &value)) {
            if (value == NULL && i + 1 < argc) {
                value = argv[++i];
            }
            if (read_value(argument, value, &options) != HAE_REC_RUN) {
                return HAE_REC_WRONG;
            }
        } else if (argument[0] == '-') {
            return wrong("unknown option", argument);
        } else if (options.directory != NULL) {
            return wrong("more than one directory:", argument);
        } else {
            options.directory = argument;
        }
    }
    if (options.directory == NULL) {
        return wrong("no directory given", NULL);
    }
    if (!fits_together(&options)) {
        return HAE_REC_WRONG;
    }
    *ret_options = options;
    return HAE_REC_RUN;
}
