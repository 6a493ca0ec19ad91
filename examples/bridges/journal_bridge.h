/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of systemd's journal as log records, in the shape of sd_journal_send() and its like and
 * without libsystemd.
 *
 * MESSAGE becomes the body and PRIORITY the severity, by the mapping of the Logs Data Model for
 * syslog (without it: unspecified). CODE_FILE, CODE_LINE and CODE_FUNC become code.file.path,
 * code.line.number and code.function.name; SYSLOG_IDENTIFIER, SYSLOG_FACILITY and SYSLOG_PID become
 * syslog.ident, syslog.facility and syslog.procid; TID becomes thread.id and ERRNO errno. All other
 * fields keep their names. Of a field that comes twice the last one counts.
 *
 * What calls return: 0, also where nobody wants the record; -EINVAL (a field without '=', or a name
 * that is not of A to Z, 0 to 9 and '_', begins with a digit or '_', or has more than 64
 * characters); -E2BIG (more than JOURNAL_BRIDGE_FIELDS). Then nothing is recorded. errno stays as
 * it is. */
#ifndef HAETAE_EXAMPLES_BRIDGES_JOURNAL_BRIDGE_H
#define HAETAE_EXAMPLES_BRIDGES_JOURNAL_BRIDGE_H

#include <sys/uio.h>

#include "bridge.h"

HAETAE_BEGIN_DECLS

enum { JOURNAL_BRIDGE_FIELDS = 64 };

/* Each part is "KEY=value", of any bytes. As safe in signal handlers as haetae_log_emit(). */
int journal_bridge_sendv(haetae_logger *logger, const struct iovec *fields, int count);

/* Formats as printf() do, each followed by its arguments, up to a NULL:
 *     journal_bridge_send(logger, "MESSAGE=ride %d", id, "PRIORITY=%d", LOG_INFO, NULL);
 * The macro adds the place of the call, three fields, unless the caller has them. Numbered
 * arguments (%1$d) are -EINVAL. Memory may come from malloc() (-ENOMEM). Not for signal handlers.
 */
#define journal_bridge_send(logger, ...)                                                           \
    journal_bridge_send_from((logger), __FILE__, __LINE__, __func__, __VA_ARGS__)
int journal_bridge_send_from(haetae_logger *logger, const char *file, int line,
                             const char *function, ...);

/* A message and its priority, in the shape of sd_journal_print(). */
void journal_bridge_print(haetae_logger *logger, int priority, const char *format, ...)
    HAETAE_PRINTF(3, 4);

/* Records an entry in the journal's native protocol: lines "KEY=value", and for values with
 * newlines a line "KEY", 8 bytes with the value's length (least first), the value and a newline.
 * -EBADMSG: it is no such entry. */
int journal_bridge_read(haetae_logger *logger, const void *entry, size_t size_bytes);

HAETAE_END_DECLS

#endif
