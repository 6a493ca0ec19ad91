/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration keys of logs. The columns are explained in
 * sdk/config_registry.h. */
#ifndef HAETAE_LOGS_KEYS_H
#define HAETAE_LOGS_KEYS_H

#include <stddef.h>
#include <stdint.h>

#define HAE_LOGS_KEYS(X)                                                                           \
    X(HAETAE_LOGS_MIN_SEVERITY, SEVERITY, "0", 0, 24, NULL,                                        \
      "Log records below this severity are not recorded")                                          \
    X(OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT, COUNT, "", 0, INT32_MAX, NULL,                         \
      "The most attributes of a log record; unset: OTEL_ATTRIBUTE_COUNT_LIMIT")                    \
    X(OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT, COUNT, "", 0, INT32_MAX, NULL,                  \
      "As OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT, for log records; unset: that key")

#endif
