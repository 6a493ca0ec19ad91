/* SPDX-License-Identifier: Apache-2.0 */
/* syslog(3) whose messages become log records. A program that calls syslog() keeps its calls when
 * it is compiled with #define syslog bridge_syslog and the like, or is linked with --wrap. (With
 * _FORTIFY_SOURCE it calls __syslog_chk().)
 *
 * A priority becomes a severity by the mapping of the Logs Data Model. Attributes are
 * syslog.facility, syslog.ident and, with LOG_PID, syslog.procid. Where syslog(3) would write to a
 * daemon, a record is made. LOG_PERROR writes to standard error as well; the options about the
 * connection to the daemon mean nothing here. Not for signal handlers, as syslog(3) itself. */
#ifndef HAETAE_EXAMPLES_BRIDGES_SYSLOG_BRIDGE_H
#define HAETAE_EXAMPLES_BRIDGES_SYSLOG_BRIDGE_H

#include <syslog.h>

#include "bridge.h"

HAETAE_BEGIN_DECLS

/* Where records go from now on. NULL: nowhere, as in the beginning. */
void bridge_syslog_to(haetae_logger *logger);

/* As openlog(): `ident` is kept, not copied. NULL: the program's name. */
void bridge_openlog(const char *ident, int option, int facility);
void bridge_closelog(void);
int bridge_setlogmask(int mask);

/* A newline at the end is left out. */
void bridge_syslog(int priority, const char *format, ...) HAETAE_PRINTF(2, 3);
void bridge_vsyslog(int priority, const char *format, va_list arguments) HAETAE_PRINTF(2, 0);

HAETAE_END_DECLS

#endif
