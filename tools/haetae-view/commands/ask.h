/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that ask one question and show its answer. */
#ifndef HAETAE_VIEW_COMMANDS_ASK_H
#define HAETAE_VIEW_COMMANDS_ASK_H

#include "commands/grid.h"
#include "commands/source.h"

/* Returns the status to exit with. */
int hae_view_ask_command(const struct hae_view_command *command,
                         const struct hae_view_command_line *line);

/* The arguments of a question that are on the command line. */
void hae_view_give_arguments(const struct hae_view_command_line *line, const char *operand,
                             struct hae_view_arguments *arguments);

/* Adds the rows of an answer to a question in SQL, under their headings. False: it is none. */
bool hae_view_grid_sql(const struct hae_view_source *source, const struct hae_buffer *answer,
                       struct hae_view_grid *grid);

#endif
