/* SPDX-License-Identifier: Apache-2.0 */
/* What an exporter works on. */
#ifndef HAETAE_OTLP_STATE_H
#define HAETAE_OTLP_STATE_H

#include "otlp/fallback.h"
#include "otlp/loop.h"
#include "otlp/options.h"
#include "otlp/renew.h"
#include "otlp/transfer.h"

/* Used by one thread at a time. */
struct hae_http_exporter {
    const struct hae_http_protocol *protocol;
    struct hae_http_loop loop;
    struct hae_http_options options;
    bool tls;                               /* for any signal */
    haetae_metric_reader *reader;           /* NULL: the SDK's default one */
    struct hae_http_compressor *compressor; /* NULL: no signal is compressed */
    struct hae_http_fallback fallbacks[HAETAE_SIGNAL_COUNT];
    struct hae_http_body_budget budgets[HAETAE_SIGNAL_COUNT];
    struct hae_http_transfer transfers[HAE_HTTP_CONNECTIONS_MAX];
    struct hae_http_renewal renewal;
    struct hae_http_fresh_source fresh_source;
    /* In a forked child: everything but the options is still as the parent had it; and the
     * parent was not changing anything when it forked. */
    bool inherited;
    bool inherited_idle;
};

/* libcurl 7.88 forgets the time of a transfer that waits for another one's connection, and the
 * transfer where memory has run out meanwhile. So each has a time of its own, on the monotonic
 * clock, some time after libcurl should have ended it; negative: there is none. */
int64_t hae_http_overdue_of(const struct hae_http_target *target);

/* Milliseconds until the exporter must step though its descriptor is quiet; negative: no need. */
int64_t hae_http_exporter_wait_ms(const struct hae_http_exporter *exporter);

/* Chooses the connections that a transfer may take, which is about to begin a request of the
 * signal: those of its generation. */
void hae_http_exporter_choose_connections(struct hae_http_exporter *exporter,
                                          struct hae_http_transfer *transfer, haetae_signal signal);

/* A request has had an answer, or ends without one, by a timeout. libcurl keeps a connection that
 * calls share, though it may be dead: if it gives no other answer either, the next request takes
 * another one. */
void hae_http_exporter_note_answer(struct hae_http_exporter *exporter,
                                   const struct hae_http_transfer *transfer, bool is_answered);

/* Breaks the loop where a transfer is overdue: libcurl cannot be relied on then. */
void hae_http_exporter_end_overdue(struct hae_http_exporter *exporter);

#endif
