/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* program_invocation_short_name */
#endif
#include "syslog_bridge.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

/* Each is written by any thread and may be used while it changes. Release when a pointer is stored
 * pairs with acquire when it is loaded: what it points to is complete. Relaxed for numbers, which
 * lead to nothing. */
static _Atomic(haetae_logger *) target;
static _Atomic(const char *) given_ident;
static _Atomic int options;
static _Atomic int default_facility = LOG_USER;
static _Atomic int log_mask = 0xFF;

void bridge_syslog_to(haetae_logger *logger)
{
    atomic_store_explicit(&target, logger, memory_order_release);
}

void bridge_openlog(const char *ident, int option, int facility)
{
    atomic_store_explicit(&given_ident, ident, memory_order_release);
    atomic_store_explicit(&options, option, memory_order_relaxed);
    if (facility != 0 && (facility & ~LOG_FACMASK) == 0) {
        atomic_store_explicit(&default_facility, facility, memory_order_relaxed);
    }
}

void bridge_closelog(void)
{
    atomic_store_explicit(&given_ident, NULL, memory_order_release);
    atomic_store_explicit(&options, 0, memory_order_relaxed);
    atomic_store_explicit(&default_facility, LOG_USER, memory_order_relaxed);
}

int bridge_setlogmask(int mask)
{
    return mask != 0 ? atomic_exchange_explicit(&log_mask, mask, memory_order_relaxed)
                     : atomic_load_explicit(&log_mask, memory_order_relaxed);
}

/* One write, so that lines of several threads do not mix. */
static void write_to_stderr(const char *ident, int pid, haetae_string text)
{
    char number[24] = "";
    struct iovec parts[] = {{(void *)(uintptr_t)ident, strlen(ident)},
                            {number, 0},
                            {(void *)(uintptr_t) ": ", 2},
                            {(void *)(uintptr_t)text.data, text.length},
                            {(void *)(uintptr_t) "\n", 1}};

    if (pid != 0) {
        parts[1].iov_len = (size_t)snprintf(number, sizeof number, "[%d]", pid);
    }
    (void)!writev(STDERR_FILENO, parts, sizeof parts / sizeof parts[0]);
}

void bridge_vsyslog(int priority, const char *format, va_list arguments)
{
    int option = atomic_load_explicit(&options, memory_order_relaxed);
    const char *ident = atomic_load_explicit(&given_ident, memory_order_acquire);
    int facility = priority & LOG_FACMASK;
    int pid = (option & LOG_PID) != 0 ? (int)getpid() : 0;
    struct bridge_line line;
    haetae_string text;

    if ((atomic_load_explicit(&log_mask, memory_order_relaxed) & LOG_MASK(LOG_PRI(priority))) ==
        0) {
        return;
    }
    bridge_begin(&line, atomic_load_explicit(&target, memory_order_acquire),
                 bridge_syslog_level(priority));
    if ((option & LOG_PERROR) == 0 && !bridge_is_wanted(&line)) {
        bridge_cancel(&line);
        return;
    }
    if (ident == NULL) {
        ident = program_invocation_short_name;
    }
    if (facility == 0) {
        facility = atomic_load_explicit(&default_facility, memory_order_relaxed);
    }
    text = bridge_vformat(&line, format, arguments);
    if ((option & LOG_PERROR) != 0) {
        write_to_stderr(ident, pid, text);
    }
    bridge_add(&line, "syslog.ident", haetae_value_string(ident));
    if (bridge_facility_name(facility) != NULL) {
        bridge_add(&line, "syslog.facility", haetae_value_string(bridge_facility_name(facility)));
    }
    if (pid != 0) {
        bridge_add(&line, "syslog.procid", haetae_value_int64(pid));
    }
    bridge_emit(&line);
}

void bridge_syslog(int priority, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    bridge_vsyslog(priority, format, arguments);
    va_end(arguments);
}
