/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/fork.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "otlp/exit.h"

/* What libcurl made before. A forked child cannot free it: libcurl would close the parent's
 * connections with the peer. Nor can a process whose host has closed libcurl's descriptors: libcurl
 * would close what the host has opened since. So it is kept, reachable for leak checkers. */
struct left_behind {
    struct left_behind *next;
    CURLM *multi;
    CURL *easy[HAE_HTTP_CONNECTIONS_MAX];
};
static _Atomic(struct left_behind *) all_left_behind;

void hae_http_exporter_in_child(void *self, bool idle)
{
    struct hae_http_exporter *exporter = self;

    hae_http_exit_in_child();
    if (idle) {
        hae_http_loop_close(&exporter->loop);
    } else {
        hae_http_loop_forget(&exporter->loop);
    }
    /* What an earlier fork left is still there if the child never used the exporter. */
    if (!exporter->inherited || !idle) {
        exporter->inherited_idle = idle;
    }
    exporter->inherited = true;
}

void hae_http_exporter_lose_descriptors(struct hae_http_exporter *exporter)
{
    hae_http_loop_close(&exporter->loop);
    exporter->inherited = exporter->inherited_idle = true;
}

static bool leave_behind(struct hae_http_exporter *exporter)
{
    struct left_behind *left = calloc(1, sizeof *left);

    if (left == NULL) {
        return false;
    }
    left->multi = exporter->loop.multi;
    for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
        left->easy[i] = exporter->transfers[i].easy;
    }
    left->next = atomic_load_explicit(&all_left_behind, memory_order_relaxed);
    /* Relaxed: no thread reads the list. */
    while (!atomic_compare_exchange_weak_explicit(&all_left_behind, &left->next, left,
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
    return true;
}

/* Forgets the parent's transfers, and frees what they own if the parent was not changing it. */
static void forget_transfers(struct hae_http_exporter *exporter)
{
    for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
        struct hae_http_transfer *transfer = &exporter->transfers[i];

        if (exporter->inherited_idle) {
            hae_http_buffer_done(&transfer->made);
            hae_http_compressor_give_back(exporter->compressor, &transfer->packed);
            hae_http_response_done(&transfer->response);
            hae_http_fresh_done(&transfer->fresh);
        }
        *transfer = (struct hae_http_transfer){.compressor = exporter->compressor};
    }
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        exporter->budgets[signal].used_bytes = 0;
    }
}

void hae_http_exporter_leave(struct hae_http_exporter *exporter)
{
    (void)leave_behind(exporter);
    forget_transfers(exporter);
    if (exporter->inherited_idle) {
        hae_http_compressor_free(exporter->compressor);
    }
}

haetae_status hae_http_exporter_own(struct hae_http_exporter *exporter)
{
    struct hae_http_compressor *compressor = exporter->compressor;
    haetae_status status = HAETAE_ENOMEM;

    if (!exporter->inherited) {
        return HAETAE_OK;
    }
    if (compressor != NULL && !exporter->inherited_idle &&
        hae_http_compressor_new(hae_http_compressor_codecs(compressor), &compressor) != HAETAE_OK) {
        return HAETAE_ENOMEM;
    }
    if (!leave_behind(exporter)) {
        goto free_compressor;
    }
    exporter->loop.multi = NULL;
    status = hae_http_loop_init(&exporter->loop, exporter->protocol->binding->http2);
    if (status != HAETAE_OK) {
        goto free_compressor;
    }
    forget_transfers(exporter);
    exporter->compressor = compressor;
    for (size_t i = 0; i < HAE_HTTP_CONNECTIONS_MAX; i++) {
        exporter->transfers[i].compressor = compressor;
    }
    exporter->inherited = false;
    return HAETAE_OK;

free_compressor:
    if (compressor != exporter->compressor) {
        hae_http_compressor_free(compressor);
    }
    return status;
}
