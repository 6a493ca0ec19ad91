/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a program, without a shell, and gives it text on its standard input. */
#ifndef HAETAE_VIEW_ALERT_RUN_COMMAND_H
#define HAETAE_VIEW_ALERT_RUN_COMMAND_H

#include "alert/post.h"

/* It is killed, with what it has started in its process group, when the time is over or
 * `*stopping` becomes true. Of its output the first 4 KiB are read; the first line of that is part
 * of `problem` when it fails. */
enum hae_view_delivery hae_view_run_command(char *const *arguments, const char *text, size_t length,
                                            int64_t timeout_ns, const atomic_bool *stopping,
                                            char problem[160]);

#endif
