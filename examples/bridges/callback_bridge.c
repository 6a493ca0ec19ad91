/* SPDX-License-Identifier: Apache-2.0 */
#include "callback_bridge.h"

static struct bridge_level level_of(const struct callback_bridge *bridge, int level)
{
    struct bridge_level unknown = {HAETAE_SEVERITY_UNSPECIFIED, NULL};
    int last = bridge->level_count - 1;

    if (last < 0 || bridge->levels == NULL) {
        return unknown;
    }
    return bridge->levels[level < 0 ? 0 : level > last ? last : level];
}

void callback_bridge_log(void *bridge, int level, const char *file, int line, const char *function,
                         const char *message)
{
    const struct callback_bridge *own = bridge;
    struct bridge_line record;

    bridge_begin(&record, own->logger, level_of(own, level));
    bridge_add_place(&record, file, line, function);
    record.record.body = haetae_value_string(message);
    bridge_emit(&record);
}

void callback_bridge_vlog(const struct callback_bridge *bridge, int level, const char *file,
                          int line, const char *format, va_list arguments)
{
    struct bridge_line record;

    bridge_begin(&record, bridge->logger, level_of(bridge, level));
    if (bridge_is_wanted(&record)) {
        bridge_add_place(&record, file, line, NULL);
        (void)bridge_vformat(&record, format, arguments);
    }
    bridge_emit(&record);
}
