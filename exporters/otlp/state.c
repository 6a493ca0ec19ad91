/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/state.h"

#include "base/clock.h"

int64_t hae_http_overdue_of(const struct hae_http_target *target)
{
    enum { LATE_MS = 500 };

    return target->timeout_ms > 0 ? (int64_t)hae_monotonic_ms() + target->timeout_ms + LATE_MS : -1;
}

/* When the first transfer is overdue; negative: none ever is. */
static int64_t first_overdue(const struct hae_http_exporter *exporter)
{
    int64_t first_ms = -1;

    for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
        const struct hae_http_transfer *transfer = &exporter->transfers[i];

        if (transfer->delivery != NULL && transfer->overdue_ms >= 0 &&
            (first_ms < 0 || transfer->overdue_ms < first_ms)) {
            first_ms = transfer->overdue_ms;
        }
    }
    return first_ms;
}

int64_t hae_http_exporter_wait_ms(const struct hae_http_exporter *exporter)
{
    int64_t wait_ms = hae_http_loop_wait_ms(&exporter->loop);
    int64_t overdue_ms = first_overdue(exporter);
    int64_t left_ms;

    if (overdue_ms < 0) {
        return wait_ms;
    }
    left_ms = overdue_ms - (int64_t)hae_monotonic_ms();
    left_ms = left_ms > 0 ? left_ms : 0;
    return wait_ms < 0 || left_ms < wait_ms ? left_ms : wait_ms;
}

static bool has_older(const struct hae_http_exporter *exporter)
{
    for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
        if (exporter->transfers[i].delivery != NULL &&
            exporter->transfers[i].generation != exporter->loop.sockets.generation) {
            return true;
        }
    }
    return false;
}

void hae_http_exporter_choose_connections(struct hae_http_exporter *exporter,
                                          struct hae_http_transfer *transfer, haetae_signal signal)
{
    const struct hae_http_target *target = &exporter->options.targets[signal];
    struct hae_http_sockets *sockets = &exporter->loop.sockets;

    if (hae_http_renewal_is_due(&exporter->renewal, signal, target, (int64_t)hae_monotonic_ms())) {
        sockets->generation++;
    }
    transfer->is_fresh = has_older(exporter);
    if (!transfer->is_fresh) {
        hae_http_sockets_end_old(sockets);
    }
    transfer->generation = sockets->generation;
    transfer->dial = hae_http_first_dial(exporter->protocol, target, transfer->is_fresh);
}

void hae_http_exporter_note_answer(struct hae_http_exporter *exporter,
                                   const struct hae_http_transfer *transfer, bool is_answered)
{
    if (exporter->protocol->binding->http2 &&
        transfer->generation == exporter->loop.sockets.generation) {
        hae_http_renewal_note_answer(&exporter->renewal, is_answered);
    }
}

void hae_http_exporter_end_overdue(struct hae_http_exporter *exporter)
{
    int64_t overdue_ms = first_overdue(exporter);

    if (overdue_ms >= 0 && overdue_ms <= (int64_t)hae_monotonic_ms()) {
        hae_http_loop_break(&exporter->loop, "timed out while it waited for a connection");
    }
}
