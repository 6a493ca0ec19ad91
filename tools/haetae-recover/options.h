/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of haetae-recover. */
#ifndef HAETAE_RECOVER_OPTIONS_H
#define HAETAE_RECOVER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules.h"

enum hae_rec_to { HAE_REC_TO_OTLP, HAE_REC_TO_FILE, HAE_REC_TO_CONSOLE };

struct hae_rec_options {
    const char *directory;
    enum hae_rec_to to;
    const char *target; /* a URL, or NULL for that of the environment; a path */
    uint32_t timeout_ms;
    int quiet;
    bool spool;      /* DIR is a HAETAE_SPOOL_DIR             */
    bool list;       /* only says what it has                 */
    bool unredacted; /* files of processes that redacted are exported without rules as well */
    size_t rule_count;
    struct hae_rec_rule rules[HAE_REC_RULES_MAX];
};

enum hae_rec_parsed { HAE_REC_RUN, HAE_REC_DONE, HAE_REC_WRONG };

/* Reads the command line. HAE_REC_DONE: help or version was printed. HAE_REC_WRONG: an
 * error was printed. */
enum hae_rec_parsed hae_rec_parse(int argc, char **argv, struct hae_rec_options *ret_options);

#endif
