/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/give_up.h"

#include "otlp/fork.h"

void hae_http_exporter_complete(haetae_delivery *delivery, haetae_verdict verdict,
                                const char *message)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result, .verdict = (int32_t)verdict,
                                          .retry_after_ms = -1, .message = message);

    haetae_delivery_complete(delivery, &result);
}

void hae_http_exporter_release(struct hae_http_exporter *exporter,
                               struct hae_http_transfer *transfer)
{
    if (exporter->loop.broken != NULL) {
        /* libcurl may still have the handle in its lists. */
        hae_http_transfer_done(transfer);
    }
    hae_http_transfer_end(transfer);
}

static void detach_all(struct hae_http_exporter *exporter)
{
    for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
        struct hae_http_transfer *transfer = &exporter->transfers[i];

        if (transfer->delivery != NULL) {
            hae_http_loop_remove(&exporter->loop, transfer->easy);
            hae_http_transfer_done(transfer);
        }
    }
    hae_http_loop_reset(&exporter->loop);
}

/* Goes on with a new loop, as after a fork. */
static void replace_loop(struct hae_http_exporter *exporter)
{
    haetae_delivery *deliveries[HAE_HTTP_CONNECTIONS_MAX];

    for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
        deliveries[i] = exporter->transfers[i].delivery;
    }
    hae_http_exporter_lose_descriptors(exporter);
    (void)hae_http_exporter_own(exporter);
    for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
        exporter->transfers[i].delivery = deliveries[i];
    }
}

/* Ends all transfers, whose handles are gone. Completing one delivery may change the other
 * transfers: the pipeline may cancel them, or send again. */
static void complete_all(struct hae_http_exporter *exporter, const char *why)
{
    haetae_delivery *deliveries[HAE_HTTP_CONNECTIONS_MAX];

    for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
        deliveries[i] = exporter->transfers[i].delivery;
    }
    for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
        struct hae_http_transfer *transfer = &exporter->transfers[i];

        if (deliveries[i] == NULL || transfer->delivery != deliveries[i]) {
            continue;
        }
        if (exporter->inherited) {
            transfer->delivery = NULL; /* the rest is left to the new loop */
        } else {
            hae_http_transfer_end(transfer);
        }
        hae_http_exporter_complete(deliveries[i], HAETAE_VERDICT_RETRY, why);
    }
}

static const char lost[] = "the program has closed the exporter's descriptors";

bool hae_http_exporter_has_lost(struct hae_http_exporter *exporter)
{
    if (hae_http_loop_can_wait(&exporter->loop)) {
        return false;
    }
    replace_loop(exporter);
    complete_all(exporter, lost);
    return true;
}

void hae_http_exporter_give_up(struct hae_http_exporter *exporter)
{
    const char *why = exporter->loop.broken;

    if (hae_http_loop_is_intact(&exporter->loop)) {
        detach_all(exporter);
        complete_all(exporter, why);
    } else {
        replace_loop(exporter);
        complete_all(exporter, lost);
    }
}
