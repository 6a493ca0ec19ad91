/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/arguments.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/time_text.h"

#define TIMEOUT_S     10
#define TIMEOUT_MAX_S 86400
#define SINCE_MAX_S   (UINT64_C(10) * 366 * 86400) /* the longest window that can be asked for */
#define COUNT_DIGITS  18

/* What all commands have. */
enum { DB = 1 << 20, URL = 1 << 21, JSON = 1 << 22, HELP = 1 << 23 };

static const struct option long_options[] = {
    {"since", required_argument, NULL, HAE_VIEW_ARG_SINCE},
    {"service", required_argument, NULL, HAE_VIEW_ARG_SERVICE},
    {"trace", required_argument, NULL, HAE_VIEW_ARG_TRACE},
    {"level", required_argument, NULL, HAE_VIEW_ARG_LEVEL},
    {"limit", required_argument, NULL, HAE_VIEW_ARG_LIMIT},
    {"follow", no_argument, NULL, HAE_VIEW_ARG_FOLLOW},
    {"expect", required_argument, NULL, HAE_VIEW_ARG_EXPECT},
    {"at-least", required_argument, NULL, HAE_VIEW_ARG_AT_LEAST},
    {"at-most", required_argument, NULL, HAE_VIEW_ARG_AT_MOST},
    {"exactly", required_argument, NULL, HAE_VIEW_ARG_EXACTLY},
    {"timeout", required_argument, NULL, HAE_VIEW_ARG_TIMEOUT},
    {"listen", required_argument, NULL, HAE_VIEW_ARG_LISTEN},
    {"port-file", required_argument, NULL, HAE_VIEW_ARG_PORT_FILE},
    {"db", required_argument, NULL, DB},
    {"url", required_argument, NULL, URL},
    {"json", no_argument, NULL, JSON},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0},
};

static const struct {
    unsigned option;
    const char *text;
} helps[] = {
    {HAE_VIEW_ARG_EXPECT, "  --expect 'spans|logs|points [where CONDITION]'\n"},
    {HAE_VIEW_ARG_AT_LEAST, "  --at-least N        how many there must be (1)\n"},
    {HAE_VIEW_ARG_AT_MOST,
     "  --at-most N         or how many there may be, until the time is over\n"},
    {HAE_VIEW_ARG_EXACTLY, "  --exactly N         or how many, no more, when the time is over\n"},
    {HAE_VIEW_ARG_TIMEOUT,
     "  --timeout TIME      how long to wait: 10, 90s, 5m; 0: ask once (10)\n"},
    {HAE_VIEW_ARG_LISTEN, "  --listen ADDR:PORT  where to receive (127.0.0.1:4318)\n"},
    {HAE_VIEW_ARG_PORT_FILE, "  --port-file FILE    write the port to FILE once it is open\n"},
    {HAE_VIEW_ARG_SINCE,
     "  --since TIME        what began in the last 90s, 15m, 12h or 7d (all)\n"},
    {HAE_VIEW_ARG_SERVICE, "  --service NAME      of one service\n"},
    {HAE_VIEW_ARG_TRACE, "  --trace ID          of one trace: its spans and log records\n"},
    {HAE_VIEW_ARG_LEVEL,
     "  --level LEVEL       at least: trace, debug, info, warn, error, fatal\n"},
    {HAE_VIEW_ARG_LIMIT, "  --limit N           at most so many\n"},
    {HAE_VIEW_ARG_FOLLOW, "  --follow            go on with those that come, until SIGINT\n"},
};

static void print_help(const struct hae_view_command *command)
{
    bool expect = (command->options & HAE_VIEW_ARG_EXPECT) != 0;
    printf("Usage: haetae-view %s%s%s [OPTION]...\n%s\n\n", command->name,
           command->operand_help != NULL ? " " : "",
           command->operand_help != NULL ? command->operand_help : "", command->help);
    for (size_t i = 0; i < sizeof helps / sizeof helps[0]; i++) {
        if ((command->options & helps[i].option) != 0) {
            fputs(helps[i].text, stdout);
        }
    }
    printf("  --db FILE           ask a database%s\n", expect ? " instead of receiving" : "");
    printf("  --url URL           or a haetae-view that runs%s\n",
           expect ? "" : " (http://127.0.0.1:4318)");
    if (!expect) {
        puts("  --json              write the answer as JSON instead of a table");
    }
    printf("\nExit status: 0; %s; 2: wrong use\n",
           expect ? "1: it is not so" : "1: it could not be asked, or there is no such thing");
}

static bool complain(const char *name, const char *value, const char *expected)
{
    fprintf(stderr, "haetae-view: --%s '%s': expected %s\n", name, value, expected);
    return false;
}

/* `bare`: no unit is seconds, and 0 is possible. */
static bool read_time(const char *name, const char *text, bool bare, uint64_t max,
                      uint64_t *ret_seconds)
{
    uint64_t seconds;
    if (!hae_view_read_seconds(text, bare, &seconds) || seconds < (bare ? 0 : 1) || seconds > max) {
        return complain(name, text,
                        bare ? "seconds, or a time such as 30s or 5m, at most a day"
                             : "a time such as 90s, 15m, 12h or 7d");
    }
    *ret_seconds = seconds;
    return true;
}

static bool read_bound(const struct option *option, struct hae_view_command_line *line)
{
    size_t digits = strspn(optarg, "0123456789");
    if (digits == 0 || digits > COUNT_DIGITS || optarg[digits] != '\0') {
        return complain(option->name, optarg, "a number");
    }
    if (line->bound_given) {
        fputs("haetae-view: only one of --at-least, --at-most and --exactly is possible\n", stderr);
        return false;
    }
    line->bound_given = true;
    line->bound = option->val == HAE_VIEW_ARG_AT_LEAST  ? HAE_VIEW_AT_LEAST
                  : option->val == HAE_VIEW_ARG_AT_MOST ? HAE_VIEW_AT_MOST
                                                        : HAE_VIEW_EXACTLY;
    line->count = strtoull(optarg, NULL, 10);
    return true;
}

/* Where the value of an option with a text goes. */
static const char **text_of(int code, struct hae_view_command_line *line)
{
    switch (code) {
    case HAE_VIEW_ARG_SERVICE:
        return &line->service;
    case HAE_VIEW_ARG_TRACE:
        return &line->trace;
    case HAE_VIEW_ARG_LEVEL:
        return &line->level;
    case HAE_VIEW_ARG_LIMIT:
        return &line->limit;
    case HAE_VIEW_ARG_EXPECT:
        return &line->expect;
    case HAE_VIEW_ARG_LISTEN:
        return &line->listen;
    case HAE_VIEW_ARG_PORT_FILE:
        return &line->port_file;
    case DB:
        return &line->db;
    default:
        return &line->url;
    }
}

static bool set(const struct option *option, struct hae_view_command_line *line)
{
    switch (option->val) {
    case HAE_VIEW_ARG_SINCE:
        return read_time(option->name, optarg, false, SINCE_MAX_S, &line->since_s);
    case HAE_VIEW_ARG_TIMEOUT:
        return read_time(option->name, optarg, true, TIMEOUT_MAX_S, &line->timeout_s);
    case HAE_VIEW_ARG_AT_LEAST:
    case HAE_VIEW_ARG_AT_MOST:
    case HAE_VIEW_ARG_EXACTLY:
        return read_bound(option, line);
    case HAE_VIEW_ARG_FOLLOW:
        line->follow = true;
        return true;
    case JSON:
        line->json = true;
        return true;
    default:
        if (optarg[0] == '\0') {
            return complain(option->name, optarg, "a value");
        }
        *text_of(option->val, line) = optarg;
        return true;
    }
}

/* Abbreviations are refused: a script must not change its meaning when another option is added.
 * So is what the command does not have. */
static bool options_exist(int argc, char **argv, const struct hae_view_command *command)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const struct option *option = long_options;
        size_t length = strcspn(argv[i], "=");
        if (strncmp(argv[i], "--", 2) != 0) {
            continue;
        }
        while (option->name != NULL && (strlen(option->name) != length - 2 ||
                                        memcmp(option->name, argv[i] + 2, length - 2) != 0)) {
            option++;
        }
        bool expect_only = (command->options & HAE_VIEW_ARG_EXPECT) != 0 && option->val == JSON;
        bool common = (option->val & (DB | URL | JSON | HELP)) != 0 && !expect_only;
        if (!common && (command->options & (unsigned)option->val) == 0) {
            fprintf(stderr, "haetae-view: %s has no option %.*s\n", command->name, (int)length,
                    argv[i]);
            return false;
        }
        /* What follows is the option's value, whatever it looks like. */
        i += option->has_arg == required_argument && argv[i][length] == '\0';
    }
    return true;
}

/* What is wrong with the command line as a whole; NULL: nothing. */
static const char *find_problem(const struct hae_view_command *command,
                                const struct hae_view_command_line *line, int operands)
{
    if (operands > (command->operand != NULL)) {
        return "there is an argument too many";
    }
    if (command->operand != NULL && (operands == 0 || line->operand[0] == '\0')) {
        return "an argument is missing";
    }
    if ((command->options & HAE_VIEW_ARG_EXPECT) != 0 && line->expect == NULL) {
        return "an expectation is missing";
    }
    if (line->db != NULL && line->url != NULL) {
        return "only one of --db and --url is possible";
    }
    if ((line->db != NULL || line->url != NULL) &&
        (line->listen != NULL || line->port_file != NULL)) {
        return "--listen and --port-file are for receiving, which --db and --url replace";
    }
    return NULL;
}

enum hae_view_line_result hae_view_command_line_read(int argc, char **argv,
                                                     const struct hae_view_command *command,
                                                     struct hae_view_command_line *line)
{
    *line = (struct hae_view_command_line){.count = 1, .timeout_s = TIMEOUT_S};
    int code;
    int index = 0;
    bool good = options_exist(argc, argv, command);
    while (good && (code = getopt_long(argc, argv, "", long_options, &index)) != -1) {
        if (code == HELP) {
            print_help(command);
            return HAE_VIEW_LINE_DONE;
        }
        good = code != '?' && set(&long_options[index], line);
    }
    if (good) {
        line->operand = optind < argc ? argv[optind] : NULL;
        const char *problem = find_problem(command, line, argc - optind);
        if (problem != NULL) {
            fprintf(stderr, "haetae-view: %s: %s\n", command->name, problem);
        }
        good = problem == NULL;
    }
    if (!good) {
        fprintf(stderr, "Try 'haetae-view %s --help'.\n",
                (command->options & HAE_VIEW_ARG_EXPECT) != 0 ? "--expect x" : command->name);
    }
    return good ? HAE_VIEW_LINE_RUN : HAE_VIEW_LINE_WRONG;
}
