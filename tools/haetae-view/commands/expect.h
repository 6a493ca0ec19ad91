/* SPDX-License-Identifier: Apache-2.0 */
/* Waits until there is what is expected, for tests that end with a status. */
#ifndef HAETAE_VIEW_COMMANDS_EXPECT_H
#define HAETAE_VIEW_COMMANDS_EXPECT_H

#include "commands/arguments.h"

/* Returns the status to exit with: HAE_VIEW_EXIT_GOOD when it is so. */
int hae_view_expect(const struct hae_view_command_line *line);

#endif
