/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics: what the library reports to its operator about itself. A report is one line
 * of bounded length that is safe to show in a terminal. Reports are rate-limited, so that
 * an outage of hours is a few lines in the host's log. Recording calls never use this: it
 * takes a lock and calls the host. */
#ifndef HAETAE_BASE_DIAGNOSTICS_H
#define HAETAE_BASE_DIAGNOSTICS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haetae/config.h"

/* The longest text of a diagnostic, its NUL included. */
enum { HAE_DIAGNOSTIC_BYTES = 512 };

/* Keys whose rate is remembered. When there are more, the one that was used longest ago is
 * forgotten. */
enum { HAE_DIAGNOSTIC_KEYS = 64 };

/* Each key has this many tokens, spends one for each report, and regains one in each
 * period. */
enum { HAE_DIAGNOSTIC_BURST = 3 };
#define HAE_DIAGNOSTIC_PERIOD_NS UINT64_C(10000000000)

struct hae_diagnostic_rate {
    const char *key;           /* compared by address; NULL: free      */
    const void *about;         /* of which it is reported; NULL: of none  */
    uint64_t used_ns;          /* when the key was last used            */
    uint64_t refill_ns;        /* when it last regained a token         */
    uint64_t suppressed_count; /* reports left out since the last one   */
    unsigned token_count;      /* reports that it may make now          */
};

struct hae_diagnostics {
    haetae_diagnostics callback; /* NULL: silent */
    void *user;
    int min_severity;         /* a haetae_severity; reports below it are left out */
    uint64_t (*now_ns)(void); /* a monotonic clock; tests put their own here */
    bool unlimited;           /* each report is made: a tool names each file, and ends soon */
    pthread_mutex_t mutex;    /* guards `rates`, and calls one at a time     */
    struct hae_diagnostic_rate rates[HAE_DIAGNOSTIC_KEYS];
};

/* The severity of a level, as a haetae_severity. */
int hae_diagnostic_severity(haetae_diagnostic_level level);

/* Initialises the caller's struct. Errors: HAETAE_ENOMEM (the lock cannot be made). */
haetae_status hae_diagnostics_init(struct hae_diagnostics *diagnostics, haetae_diagnostics callback,
                                   void *user);
void hae_diagnostics_done(struct hae_diagnostics *diagnostics);

/* In a forked child: frees the lock, whichever thread held it, and forgets all rates. */
void hae_diagnostics_in_child(struct hae_diagnostics *diagnostics);

/* Reports a line to the host. `key` is a string literal that stands for the kind of event;
 * its address is what the rate is limited by. Text that is too long is cut; what is not
 * printable (base/printable.h) is shown as \xNN. Keeps errno. A report that the callback
 * itself causes is left out. Threads: any. NULL `diagnostics`: does nothing. */
void hae_diagnose(struct hae_diagnostics *diagnostics, haetae_diagnostic_level level,
                  const char *key, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same about one of several, such as an exporter: each has a rate of its own, so that what one
 * reports leaves the others' reports as they are. `about` is compared by address only. */
void hae_diagnose_about(struct hae_diagnostics *diagnostics, const void *about,
                        haetae_diagnostic_level level, const char *key, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* The callback used when none is set. It writes errors and warnings to standard error, each
 * with one write(). It does not wait for a reader that is slow, and SIGPIPE of a reader
 * that is gone does not end the process; the line is lost then. A text of more than a
 * diagnostic is cut. Everything in the core that writes to standard error does it by this. */
void hae_diagnostics_to_stderr(void *user, haetae_diagnostic_level level, const char *text);

#endif
