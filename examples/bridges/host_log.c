/* SPDX-License-Identifier: Apache-2.0 */
#include "host_log.h"

#include <stdio.h>

const struct bridge_level host_levels[HOST_LEVELS] = {
    [HOST_TRACE] = {HAETAE_SEVERITY_TRACE, "TRACE"},
    [HOST_DEBUG] = {HAETAE_SEVERITY_DEBUG, "DEBUG"},
    [HOST_INFO] = {HAETAE_SEVERITY_INFO, "INFO"},
    [HOST_WARN] = {HAETAE_SEVERITY_WARN, "WARN"},
    [HOST_ERROR] = {HAETAE_SEVERITY_ERROR, "ERROR"},
    [HOST_FATAL] = {HAETAE_SEVERITY_FATAL, "FATAL"}};

static struct {
    host_callback *callback;
    void *user;
    enum host_level least;
} callbacks[HOST_CALLBACKS_MAX];
static unsigned callback_count;

bool host_log_add(host_callback *callback, void *user, enum host_level least)
{
    if (callback_count == HOST_CALLBACKS_MAX) {
        return false;
    }
    callbacks[callback_count].callback = callback;
    callbacks[callback_count].user = user;
    callbacks[callback_count++].least = least;
    return true;
}

void host_log_reset(void)
{
    callback_count = 0;
}

void host_log_write(enum host_level level, const char *file, int line, const char *function,
                    const char *format, ...)
{
    char message[4096];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    for (unsigned i = 0; i < callback_count; i++) {
        if (level >= callbacks[i].least) {
            callbacks[i].callback(callbacks[i].user, (int)level, file, line, function, message);
        }
    }
}
