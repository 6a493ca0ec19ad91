/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haetae/version.h"

static const char help[] =
    "Usage: haetae-recover [OPTION]... DIR\n"
    "Exports what processes that were killed left in their HAETAE_RECORDER_DIR.\n"
    "\n"
    "  --to URL          to an OTLP/HTTP receiver, such as http://localhost:4318; without\n"
    "                    --to, to the one that OTEL_EXPORTER_OTLP_ENDPOINT names\n"
    "  --to file:PATH    append OTLP JSON to a file, one request a line\n"
    "  --to console      write readable lines to standard output\n"
    "  --timeout-ms N    give up after N milliseconds (60000); what is left stays in DIR\n"
    "  --quiet           say nothing when all is well\n"
    "  --help, --version\n"
    "\n"
    "Other OTEL_EXPORTER_OTLP_* variables serve as they do in the processes themselves.\n"
    "Exit status: 0 all was delivered, 1 something is left or was wrong, 2 usage.\n";

enum { TO = 256, TIMEOUT, QUIET, HELP, VERSION };

static const struct option long_options[] = {
    {"to", required_argument, NULL, TO},     {"timeout-ms", required_argument, NULL, TIMEOUT},
    {"quiet", no_argument, NULL, QUIET},     {"help", no_argument, NULL, HELP},
    {"version", no_argument, NULL, VERSION}, {NULL, 0, NULL, 0},
};

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
    unsigned long long number;

    errno = 0;
    number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number > INT32_MAX) {
        return false;
    }
    *ret_number = (uint32_t)number;
    return true;
}

enum hae_rec_parsed hae_rec_parse(int argc, char **argv, struct hae_rec_options *ret_options)
{
    struct hae_rec_options options = {.to = HAE_REC_TO_OTLP, .timeout_ms = 60000};
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        switch (option) {
        case TO:
            if (!read_target(optarg, &options)) {
                return wrong("--to wants a URL, file:PATH or console, not", optarg);
            }
            break;
        case TIMEOUT:
            if (!read_number(optarg, &options.timeout_ms)) {
                return wrong("--timeout-ms wants milliseconds, not", optarg);
            }
            break;
        case QUIET:
            options.quiet = 1;
            break;
        case HELP:
            fputs(help, stdout);
            return HAE_REC_DONE;
        case VERSION:
            puts("haetae-recover " HAETAE_VERSION);
            return HAE_REC_DONE;
        default:
            return wrong("the options are not right", NULL);
        }
    }
    if (optind + 1 != argc) {
        return wrong(optind < argc ? "there is more than one directory" : "which directory?", NULL);
    }
    options.directory = argv[optind];
    *ret_options = options;
    return HAE_REC_RUN;
}
