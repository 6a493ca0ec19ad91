/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of haetae-view: docs/view.md, "For scripts and agents". */
#ifndef HAETAE_VIEW_COMMANDS_COMMANDS_H
#define HAETAE_VIEW_COMMANDS_COMMANDS_H

#include <stdbool.h>

/* Does what the command line asks for, when it begins with a command or has --expect, and returns
 * true with the status to exit with. False: it has done nothing. */
bool hae_view_command(int argc, char **argv, int *ret_status);

#endif
