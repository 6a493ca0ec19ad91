/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haetae/version.h"
#include "receive/grpc.h"
#include "receive/request.h"
#include "store/database.h"
#include "util/time_text.h"

#define DAY_MS            86400000U
#define BODY_MAX_BYTES    ((uint64_t)1024 * 1024 * 1024)
#define DB_MAX_BYTES      ((uint64_t)1 << 42)
#define KEEP_MAX_S        ((uint64_t)100 * 365 * 86400)
#define RETRY_AFTER_MAX   3600U
#define WIDTH_MAX         1000U
#define DEFAULT_LISTEN    "127.0.0.1:4318"
#define PARTS_PER_MILLION 1e6

static const char help[] =
    "Usage: haetae-view [OPTION]... [FILE]...\n"
    "       haetae-view COMMAND [OPTION]...\n"
    "       haetae-view --expect 'spans where CONDITION' [OPTION]...\n"
    "Receives OTLP over HTTP (traces, metrics, logs) and shows what arrives; asks one\n"
    "that runs, or its database, by a command (query, traces, trace, errors, logs,\n"
    "metrics, services, export, import; each has --help); or receives until what is\n"
    "expected is there. A FILE of OTLP in JSON, a request on each line, is taken\n"
    "first.\n"
    "\n"
    "  --listen ADDR:PORT    where to listen (127.0.0.1:4318); port 0: any free one\n"
    "  --grpc-listen ADDR:PORT\n"
    "                        take OTLP over gRPC too, without TLS (usual: port 4317)\n"
    "  --port-file FILE      write the port to FILE once it is open; gRPC's in line 2\n"
    "\n"
    "Showing:\n"
    "  --once                show nothing until the end, then one summary\n"
    "  --json [FILE]         at the end, write the totals as JSON (standard output)\n"
    "  --exit-after-ms N     end by itself after N milliseconds\n"
    "  --color WHEN          auto, always or never\n"
    "  --width N             columns to use when not on a terminal (100)\n"
    "  --ascii               draw with ASCII characters only\n"
    "\n"
    "Keeping:\n"
    "  --db FILE             keep what comes in FILE (in memory)\n"
    "  --db-size BYTES       how large that becomes; then the oldest goes (1G)\n"
    "  --keep-for TIME       how long it is kept: 30m, 12h, 7d (while there is room)\n"
    "\n"
    "Alerts:\n"
    "  --rules FILE          evaluate the rules in FILE (YAML; docs/alerts.md)\n"
    "  --check-rules         only say whether these rules are right\n"
    "  haetae-view rules [--prometheus] FILE   print them, or rules of Prometheus\n"
    "\n"
    "Limits:\n"
    "  --max-body BYTES      largest body, also when decompressed (64M)\n"
    "\n"
    "For testing senders:\n"
    "  --delay-ms N          answer N milliseconds late\n"
    "  --fail-rate P         fail a share P of the requests: 0.1, or 10%\n"
    "  --fail-status S       with HTTP status S (503)\n"
    "  --retry-after N       and Retry-After: N seconds, with 429 and 503 (1)\n"
    "\n"
    "  --help, --version\n"
    "\n"
    "On a terminal it shows what comes in tabs; the key ? lists the keys. It ends\n"
    "with a summary on q, SIGINT (Ctrl-C) or SIGTERM. While it runs, a web page is\n"
    "at http://ADDR:PORT/, and the totals are at http://ADDR:PORT/totals.json.\n";

enum {
    LISTEN = 256,
    GRPC_LISTEN,
    PORT_FILE,
    ONCE,
    JSON,
    EXIT_AFTER,
    COLOUR,
    WIDTH,
    ASCII,
    DB,
    DB_SIZE,
    KEEP_FOR,
    RULES,
    CHECK_RULES,
    MAX_BODY,
    DELAY,
    FAIL_RATE,
    FAIL_STATUS,
    RETRY_AFTER,
    HELP,
    VERSION
};

static const struct option long_options[] = {
    {"listen", required_argument, NULL, LISTEN},
    {"grpc-listen", required_argument, NULL, GRPC_LISTEN},
    {"port-file", required_argument, NULL, PORT_FILE},
    {"once", no_argument, NULL, ONCE},
    {"json", optional_argument, NULL, JSON},
    {"exit-after-ms", required_argument, NULL, EXIT_AFTER},
    {"color", required_argument, NULL, COLOUR},
    {"colour", required_argument, NULL, COLOUR},
    {"width", required_argument, NULL, WIDTH},
    {"ascii", no_argument, NULL, ASCII},
    {"db", required_argument, NULL, DB},
    {"db-size", required_argument, NULL, DB_SIZE},
    {"keep-for", required_argument, NULL, KEEP_FOR},
    {"rules", required_argument, NULL, RULES},
    {"check-rules", no_argument, NULL, CHECK_RULES},
    {"max-body", required_argument, NULL, MAX_BODY},
    {"delay-ms", required_argument, NULL, DELAY},
    {"fail-rate", required_argument, NULL, FAIL_RATE},
    {"fail-status", required_argument, NULL, FAIL_STATUS},
    {"retry-after", required_argument, NULL, RETRY_AFTER},
    {"help", no_argument, NULL, HELP},
    {"version", no_argument, NULL, VERSION},
    {NULL, 0, NULL, 0},
};

static const char *name_of(int code)
{
    for (const struct option *option = long_options; option->name != NULL; option++) {
        if (option->val == code) {
            return option->name;
        }
    }
    return "?";
}

static bool complain(int code, const char *value, const char *expected)
{
    fprintf(stderr, "haetae-view: --%s '%s': expected %s\n", name_of(code), value, expected);
    return false;
}

/* Reads decimal digits and, when `suffixes`, a binary suffix K, M or G. */
static bool read_number(const char *text, bool suffixes, uint64_t *ret_value)
{
    if (text[0] < '0' || text[0] > '9') {
        return false;
    }
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    unsigned shift = 0;
    if (suffixes && *end != '\0' && strchr("KMG", *end) != NULL) {
        shift = *end == 'K' ? 10 : *end == 'M' ? 20 : 30;
        end++;
    }
    if (errno != 0 || *end != '\0' || value > UINT64_MAX >> shift) {
        return false;
    }
    *ret_value = value << shift;
    return true;
}

static bool number_option(int code, const char *text, uint64_t min, uint64_t max,
                          uint64_t *ret_value)
{
    uint64_t value;
    bool bytes = code == MAX_BODY || code == DB_SIZE;
    if (!read_number(text, bytes, &value) || value < min || value > max) {
        char expected[96];
        snprintf(expected, sizeof expected, "a number from %llu to %llu%s", (unsigned long long)min,
                 (unsigned long long)max, bytes ? " (K, M and G are understood)" : "");
        return complain(code, text, expected);
    }
    *ret_value = value;
    return true;
}

static bool time_option(int code, const char *text, uint64_t *ret_seconds)
{
    uint64_t seconds;
    if (!hae_view_read_seconds(text, false, &seconds) || seconds < 1 || seconds > KEEP_MAX_S) {
        return complain(code, text, "a time such as 90s, 30m, 12h or 7d");
    }
    *ret_seconds = seconds;
    return true;
}

static bool share_option(const char *text, unsigned *ret_per_million)
{
    char *end;
    double share = strtod(text, &end);
    if (end != text && strcmp(end, "%") == 0) {
        share /= 100;
        end++;
    }
    if (end == text || *end != '\0' || !(share >= 0 && share <= 1)) {
        return complain(FAIL_RATE, text, "a share from 0 to 1, or a percentage");
    }
    *ret_per_million = (unsigned)lround(share * PARTS_PER_MILLION);
    return true;
}

static bool colour_option(const char *text, enum hae_view_colour *ret_colour)
{
    static const char *const names[] = {"auto", "always", "never"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret_colour = (enum hae_view_colour)i;
            return true;
        }
    }
    return complain(COLOUR, text, "auto, always or never");
}

/* The next word is the FILE of --json, unless it is an option. */
static void json_option(int argc, char **argv, struct hae_view_options *options)
{
    options->json = true;
    options->json_file = optarg;
    if (optarg == NULL && optind < argc && argv[optind][0] != '-') {
        options->json_file = argv[optind++];
    }
}

static bool numeric(int code, struct hae_view_options *options)
{
    uint64_t value = 0;
    switch (code) {
    case EXIT_AFTER:
        return number_option(code, optarg, 1, DAY_MS, &options->exit_after_ms);
    case WIDTH:
        if (!number_option(code, optarg, 40, WIDTH_MAX, &value)) {
            return false;
        }
        options->look.width = (size_t)value;
        return true;
    case MAX_BODY:
        if (!number_option(code, optarg, 1, BODY_MAX_BYTES, &value)) {
            return false;
        }
        options->max_body_bytes = (size_t)value;
        return true;
    case DB_SIZE:
        return number_option(code, optarg, HAE_VIEW_DATABASE_BYTES_MIN, DB_MAX_BYTES,
                             &options->db_size_bytes);
    case DELAY:
        if (!number_option(code, optarg, 0, DAY_MS, &value)) {
            return false;
        }
        options->delay_ms = (unsigned)value;
        return true;
    case FAIL_STATUS:
        if (!number_option(code, optarg, 400, 599, &value)) {
            return false;
        }
        options->fail_status = (unsigned)value;
        return true;
    default:
        if (!number_option(code, optarg, 0, RETRY_AFTER_MAX, &value)) {
            return false;
        }
        options->retry_after_s = (unsigned)value;
        return true;
    }
}

static bool set(int code, int argc, char **argv, struct hae_view_options *options)
{
    switch (code) {
    case LISTEN:
        options->listen = optarg;
        return true;
    case GRPC_LISTEN:
        options->grpc_listen = optarg;
        return hae_view_knows_grpc() ||
               complain(code, optarg, "nothing: this haetae-view was built without libnghttp2");
    case PORT_FILE:
        options->port_file = optarg;
        return true;
    case ONCE:
        options->once = true;
        return true;
    case JSON:
        json_option(argc, argv, options);
        return true;
    case ASCII:
        options->look.ascii = true;
        return true;
    case COLOUR:
        return colour_option(optarg, &options->look.colour);
    case DB:
        options->db = optarg;
        return optarg[0] != '\0' || complain(code, optarg, "a file");
    case KEEP_FOR:
        return time_option(code, optarg, &options->keep_for_s);
    case RULES:
        options->rules = optarg;
        return true;
    case CHECK_RULES:
        options->check_rules = true;
        return true;
    case FAIL_RATE:
        return share_option(optarg, &options->fail_per_million);
    case '?':
        return false; /* getopt has printed why */
    default:
        return numeric(code, options);
    }
}

/* Abbreviations are refused: a script must not change its meaning when another option is
 * added. */
static bool written_out(const char *argument, const char *name)
{
    size_t length = strlen(name);

    if (strncmp(argument, "--", 2) == 0 && strncmp(argument + 2, name, length) == 0 &&
        (argument[2 + length] == '\0' || argument[2 + length] == '=')) {
        return true;
    }
    fprintf(stderr, "haetae-view: unrecognized option '%s', did you mean --%s?\n", argument, name);
    return false;
}

/* The next option, which is argv[*ret_at]; what is none is a file, and goes where options have been
 * read. */
static int next_option(int argc, char **argv, int *ret_at, int *index,
                       struct hae_view_options *options)
{
    for (;;) {
        *ret_at = optind != 0 ? optind : 1;
        int code = getopt_long(argc, argv, "+", long_options, index);
        if (code != -1 || optind >= argc) {
            return code;
        }
        bool all = optind > 1 && strcmp(argv[optind - 1], "--") == 0;
        do {
            options->files[options->file_count++] = argv[optind++];
        } while (all && optind < argc);
    }
}

enum hae_view_options_result hae_view_options_read(int argc, char **argv,
                                                   struct hae_view_options *options)
{
    *options = (struct hae_view_options){
        .listen = DEFAULT_LISTEN,
        .db_size_bytes = HAE_VIEW_DATABASE_BYTES_DEFAULT,
        .max_body_bytes = HAE_VIEW_DEFAULT_MAX_BODY,
        .fail_status = 503,
        .retry_after_s = 1,
    };
    int code;
    int index = 0;
    int at;
    options->files = argv + (optind != 0 ? optind : 1);
    /* "+" keeps the order of the arguments, so that argv[at] is the option. */
    while ((code = next_option(argc, argv, &at, &index, options)) != -1) {
        if (code != '?' && !written_out(argv[at], long_options[index].name)) {
            fputs("Try 'haetae-view --help'.\n", stderr);
            return HAE_VIEW_OPTIONS_WRONG;
        }
        if (code == HELP) {
            fputs(help, stdout);
            return HAE_VIEW_OPTIONS_DONE;
        }
        if (code == VERSION) {
            puts("haetae-view " HAETAE_VERSION);
            return HAE_VIEW_OPTIONS_DONE;
        }
        if (!set(code, argc, argv, options)) {
            fputs("Try 'haetae-view --help'.\n", stderr);
            return HAE_VIEW_OPTIONS_WRONG;
        }
    }
    if (options->check_rules && options->rules == NULL) {
        fputs("haetae-view: --check-rules needs --rules FILE\nTry 'haetae-view --help'.\n", stderr);
        return HAE_VIEW_OPTIONS_WRONG;
    }
    return HAE_VIEW_OPTIONS_RUN;
}
