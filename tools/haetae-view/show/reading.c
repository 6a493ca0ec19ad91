/* SPDX-License-Identifier: Apache-2.0 */
#include "show/reading.h"

#include <stdio.h>

struct hae_view_list *hae_view_reading_list(struct hae_view_reading *reading,
                                            const struct hae_view_list_type *type)
{
    struct hae_view_list *list = &reading->lists[reading->list_count++];
    hae_view_list_init(list, type);
    return list;
}

void hae_view_window_text(struct hae_view_window window, char *out, size_t size)
{
    int64_t seconds = (window.to_ns - window.from_ns) / 1000000000;
    if (seconds % 3600 == 0) {
        snprintf(out, size, "last %lldh", (long long)(seconds / 3600));
    } else {
        snprintf(out, size, "last %lldm", (long long)(seconds / 60));
    }
}
