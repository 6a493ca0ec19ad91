/* SPDX-License-Identifier: Apache-2.0 */
/* Log records that are shown as they come. */
#ifndef HAETAE_VIEW_COMMANDS_FOLLOW_H
#define HAETAE_VIEW_COMMANDS_FOLLOW_H

#include "commands/arguments.h"

/* The table of /api/logs. */
extern const char hae_view_logs_table[];

/* Returns the status to exit with, when somebody wants it to stop. */
int hae_view_follow(const struct hae_view_command_line *line);

#endif
