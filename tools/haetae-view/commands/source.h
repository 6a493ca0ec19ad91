/* SPDX-License-Identifier: Apache-2.0 */
/* What commands ask: a database, or a haetae-view that runs. Both answer the questions of the
 * API. */
#ifndef HAETAE_VIEW_COMMANDS_SOURCE_H
#define HAETAE_VIEW_COMMANDS_SOURCE_H

#include "api/arguments.h"
#include "commands/arguments.h"
#include "commands/http.h"
#include "query/rows.h"
#include "store/store.h"

struct hae_view_source {
    struct hae_view_store *store; /* NULL: over HTTP */
    bool borrowed;                /* the store is the caller's */
    struct hae_view_address address;
    sqlite3 *json; /* an empty database, with which SQL reads answers */
};

/* Opens what the command line says. Returns -1, or the status to exit with: it has printed why. */
int hae_view_source_open(struct hae_view_source *source, const struct hae_view_command_line *line);
/* Asks a store, which stays the caller's. */
int hae_view_source_of_store(struct hae_view_source *source, struct hae_view_store *store);
void hae_view_source_done(struct hae_view_source *source);

/* Asks, and writes the answer over what is in `answer`. Returns the HTTP status; 0: there is no
 * answer. Unless it is 200, `problem` has a line. */
unsigned hae_view_source_ask(struct hae_view_source *source, const char *question,
                             const struct hae_view_arguments *arguments, struct hae_buffer *answer,
                             char *problem, size_t problem_size);

/* The status to exit with after an HTTP status that is not 200. */
int hae_view_exit_of(unsigned status);

/* A SELECT about an answer, which is its parameter :answer and must stay until the rows are done.
 */
struct hae_view_rows hae_view_source_read(const struct hae_view_source *source, const char *select,
                                          const struct hae_buffer *answer);

#endif
