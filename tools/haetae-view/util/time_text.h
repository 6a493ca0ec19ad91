/* SPDX-License-Identifier: Apache-2.0 */
/* Reads times that people write: "90s", "5m", "2h", "1d". */
#ifndef HAETAE_VIEW_UTIL_TIME_TEXT_H
#define HAETAE_VIEW_UTIL_TIME_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* Also "500ms". False: it is no such time, or too long. */
bool hae_view_read_time(const char *text, int64_t *ret_ns);

/* In whole seconds. With `bare` a number without a unit is one of seconds. */
bool hae_view_read_seconds(const char *text, bool bare, uint64_t *ret_seconds);

#endif
