/* SPDX-License-Identifier: Apache-2.0 */
/* The commands "export" and "import": files of OTLP in JSON, a request on each line. */
#ifndef HAETAE_VIEW_COMMANDS_TRANSFER_H
#define HAETAE_VIEW_COMMANDS_TRANSFER_H

#include "commands/arguments.h"

/* Each returns the status to exit with. */
int hae_view_export_command(const struct hae_view_command_line *line);
int hae_view_import_command(const struct hae_view_command_line *line);

#endif
