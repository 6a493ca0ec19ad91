/* SPDX-License-Identifier: Apache-2.0 */
/* For a logger that hands each line to callbacks: level, file, line, function, message, and a
 * pointer of the callback's own. Most loggers in C have such a hook; host_log.h is a small one that
 * shows it. Others take a function of three lines that puts the arguments in order. */
#ifndef HAETAE_EXAMPLES_BRIDGES_CALLBACK_BRIDGE_H
#define HAETAE_EXAMPLES_BRIDGES_CALLBACK_BRIDGE_H

#include "bridge.h"

HAETAE_BEGIN_DECLS

/* The pointer that callbacks get. It stays the program's. */
struct callback_bridge {
    haetae_logger *logger;
    /* By the numbers of the host's levels, from 0 on. One beyond them counts as the nearest. */
    const struct bridge_level *levels;
    int level_count;
};

/* Records a line. `message` may be NULL. As safe in signal handlers as haetae_log_emit(). */
void callback_bridge_log(void *bridge, int level, const char *file, int line, const char *function,
                         const char *message);

/* The same for a logger whose callback formats. Not for signal handlers. */
void callback_bridge_vlog(const struct callback_bridge *bridge, int level, const char *file,
                          int line, const char *format, va_list arguments) HAETAE_PRINTF(5, 0);

HAETAE_END_DECLS

#endif
