/* SPDX-License-Identifier: Apache-2.0 */
/* How much room a log record takes, for one that did not fit at first. */
#ifndef HAETAE_LOGS_LOG_SIZE_H
#define HAETAE_LOGS_LOG_SIZE_H

#include "logs/logger.h"

/* The body has no limit of length. */
static inline struct hae_value_limits hae_log_body_limits(const struct hae_limits *limits)
{
    struct hae_value_limits of_body = limits->value;

    of_body.length = HAE_NO_LIMIT;
    return of_body;
}

/* Gives an upper bound of the record's size, up to the largest possible. Its exception is one of
 * this version. False: the record is invalid, or a part of it is larger than that alone. */
bool hae_log_size(const haetae_log_record *record, const struct hae_limits *limits,
                  uint64_t *ret_size);

#endif
