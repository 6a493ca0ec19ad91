/* SPDX-License-Identifier: Apache-2.0 */
/* SIGINT and SIGTERM as requests to stop, for commands that wait. */
#ifndef HAETAE_VIEW_COMMANDS_STOP_H
#define HAETAE_VIEW_COMMANDS_STOP_H

#include <stdbool.h>

void hae_view_stop_watch(void);
bool hae_view_stop_wanted(void);

#endif
