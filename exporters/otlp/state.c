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

void hae_http_exporter_end_overdue(struct hae_http_exporter *exporter)
{
    int64_t overdue_ms = first_overdue(exporter);

    if (overdue_ms >= 0 && overdue_ms <= (int64_t)hae_monotonic_ms()) {
        hae_http_loop_break(&exporter->loop, "timed out while it waited for a connection");
    }
}
