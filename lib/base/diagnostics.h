/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics: what the library tells its operator about itself. One line at a
 * time, bounded, harmless to a terminal, and rate-limited, so that an outage of
 * hours is a few lines in the host's log.
 * Never used on the recording path: it takes a lock and calls the host. */
#ifndef HAE_BASE_DIAGNOSTICS_H
#define HAE_BASE_DIAGNOSTICS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "haetae/config.h"

/* The longest text of a diagnostic, its NUL included. */
#define HAE_DIAGNOSTIC_BYTES 512

/* Keys whose rate is remembered; of more, the one unheard for longest is
 * forgotten, and starts afresh. */
#define HAE_DIAGNOSTIC_KEYS 32

/* Each key may speak this often at once, and regains one turn per period. */
#define HAE_DIAGNOSTIC_BURST     3
#define HAE_DIAGNOSTIC_PERIOD_NS UINT64_C(10000000000)

struct hae_diagnostic_rate {
    const char *key;     /* compared by address; NULL: free  */
    uint64_t used_ns;    /* when the key was last heard      */
    uint64_t refill_ns;  /* when a turn was last given back  */
    uint64_t held_count; /* not told since it last was       */
    unsigned turn_count; /* how often it may speak right now */
};

struct hae_diagnostics {
    haetae_diagnostics callback; /* NULL: silent */
    void *user;
    uint64_t (*now_ns)(void); /* a monotonic clock; tests put their own here */
    pthread_mutex_t mutex;    /* guards `rates`, and calls one at a time     */
    struct hae_diagnostic_rate rates[HAE_DIAGNOSTIC_KEYS];
};

/* Fills the caller's struct. Errors: HAETAE_ENOMEM (no lock to be had). */
haetae_status hae_diagnostics_init(struct hae_diagnostics *diagnostics, haetae_diagnostics callback,
                                   void *user);
void hae_diagnostics_done(struct hae_diagnostics *diagnostics);

/* In a forked child: frees the lock, whoever held it. Every key starts afresh. */
void hae_diagnostics_in_child(struct hae_diagnostics *diagnostics);

/* Tells the host. `key` is a string literal that stands for the kind of event:
 * its address is what the rate is limited by. Text that is too long is cut;
 * what is not printable (base/printable.h) is shown as \xNN.
 * Keeps errno. A callback that causes another diagnostic doesn't get that one.
 * Threads: any. NULL `diagnostics`: does nothing. */
void hae_diagnose(struct hae_diagnostics *diagnostics, haetae_diagnostic_level level,
                  const char *key, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The callback that serves when none is set: errors and warnings to standard
 * error, one write() each. It neither waits for a reader that lags behind nor
 * dies by SIGPIPE for one that is gone: the line is lost then. */
void hae_diagnostics_to_stderr(void *user, haetae_diagnostic_level level, const char *text);

#endif
