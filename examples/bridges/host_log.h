/* SPDX-License-Identifier: Apache-2.0 */
/* A small logger as programs in C have one: lines with a level and a place go to callbacks. It
 * stands for the logger of the program that is to be bridged. */
#ifndef HAETAE_EXAMPLES_BRIDGES_HOST_LOG_H
#define HAETAE_EXAMPLES_BRIDGES_HOST_LOG_H

#include <stdbool.h>

#include "callback_bridge.h"

enum host_level { HOST_TRACE, HOST_DEBUG, HOST_INFO, HOST_WARN, HOST_ERROR, HOST_FATAL };
enum { HOST_LEVELS = HOST_FATAL + 1, HOST_CALLBACKS_MAX = 4 };

/* The names of the levels, and what they are to haetae. */
extern const struct bridge_level host_levels[HOST_LEVELS];

typedef void host_callback(void *user, int level, const char *file, int line, const char *function,
                           const char *message);

/* Adds a callback for lines of this level and above, before other threads log. False: there are too
 * many. */
bool host_log_add(host_callback *callback, void *user, enum host_level least);
void host_log_reset(void);

void host_log_write(enum host_level level, const char *file, int line, const char *function,
                    const char *format, ...) HAETAE_PRINTF(5, 6);

#define HOST_LOG(level, ...) host_log_write((level), __FILE__, __LINE__, __func__, __VA_ARGS__)

#endif
