/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/state.h"

int64_t hae_http_exporter_overdue_ms(const struct hae_http_exporter *exporter)
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
