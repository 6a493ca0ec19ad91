/* SPDX-License-Identifier: Apache-2.0 */
/* The command lines of commands. */
#ifndef HAETAE_VIEW_COMMANDS_ARGUMENTS_H
#define HAETAE_VIEW_COMMANDS_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

/* The options that not all commands have. */
enum {
    HAE_VIEW_ARG_SINCE = 1 << 0,
    HAE_VIEW_ARG_SERVICE = 1 << 1,
    HAE_VIEW_ARG_LEVEL = 1 << 2,
    HAE_VIEW_ARG_LIMIT = 1 << 3,
    HAE_VIEW_ARG_FOLLOW = 1 << 4,
    HAE_VIEW_ARG_EXPECT = 1 << 5,
    HAE_VIEW_ARG_AT_LEAST = 1 << 6,
    HAE_VIEW_ARG_AT_MOST = 1 << 7,
    HAE_VIEW_ARG_EXACTLY = 1 << 8,
    HAE_VIEW_ARG_TIMEOUT = 1 << 9,
    HAE_VIEW_ARG_LISTEN = 1 << 10,
    HAE_VIEW_ARG_PORT_FILE = 1 << 11,
    HAE_VIEW_ARG_TRACE = 1 << 12
};

struct hae_view_command {
    const char *name;
    const char *question; /* of the API */
    const char *operand; /* the argument of the question that the operand is; NULL: there is none */
    const char *operand_help;
    const char *table; /* a SELECT that makes rows of :answer; NULL: the answer has rows */
    unsigned options;
    const char *help;
};

enum hae_view_bound { HAE_VIEW_AT_LEAST, HAE_VIEW_AT_MOST, HAE_VIEW_EXACTLY };

/* Texts are NULL when they are not given. */
struct hae_view_command_line {
    const char *db;
    const char *url;
    bool json;
    const char *operand;
    uint64_t since_s; /* 0: all */
    const char *service;
    const char *trace;
    const char *level;
    const char *limit;
    bool follow;
    const char *expect;
    enum hae_view_bound bound;
    bool bound_given;
    uint64_t count;
    uint64_t timeout_s;
    const char *listen;
    const char *port_file;
};

enum hae_view_line_result {
    HAE_VIEW_LINE_RUN,
    HAE_VIEW_LINE_DONE, /* help was printed */
    HAE_VIEW_LINE_WRONG /* an error was printed */
};

enum hae_view_line_result hae_view_command_line_read(int argc, char **argv,
                                                     const struct hae_view_command *command,
                                                     struct hae_view_command_line *line);

#endif
