/* SPDX-License-Identifier: Apache-2.0 */
/* The way of any log record into the recorder. */
#ifndef HAETAE_LOGS_LOG_RECORD_H
#define HAETAE_LOGS_LOG_RECORD_H

#include "logs/log_fields.h"

/* Records what haetae_log() was given, whatever it is; invalid arguments are left out and
 * counted. */
void hae_log_any(haetae_logger *logger, const struct hae_plain_log *plain);

/* The same for a record that has its observed time, of the current context. */
void hae_log_full(haetae_logger *logger, const haetae_log_record *record);

#endif
