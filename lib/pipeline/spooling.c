/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/spooling.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "pipeline/delivery_view.h"
#include "spool/spool_append.h"

/* As many wait for the thread. */
enum { IN_FLIGHT_MAX = 4 };

static void spooling_send(void *self, haetae_delivery *delivery)
{
    struct hae_spooling *spooling = self;
    struct hae_segment_record record = {.signal = delivery->signal,
                                        .size_bytes = delivery->size_bytes,
                                        .item_count = delivery->item_count,
                                        .time_ms = hae_time_ns(CLOCK_REALTIME) / 1000000};
    haetae_result result =
        HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_OK, .retry_after_ms = -1);

    result.message = hae_spool_append(&spooling->spools[delivery->signal], &record, delivery->data,
                                      &delivery->receipt);
    if (result.message != NULL) {
        result.verdict = HAETAE_VERDICT_RETRY;
    }
    haetae_delivery_complete(delivery, &result);
}

static void spooling_free(void *self)
{
    struct hae_spooling *spooling = self;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if ((spooling->signals >> signal & 1) != 0) {
            hae_spool_done(&spooling->spools[signal]);
        }
    }
    hae_free(spooling);
}

static void spooling_after_fork(void *self, bool idle)
{
    struct hae_spooling *spooling = self;

    spooling->is_inherited = true;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if ((spooling->signals >> signal & 1) != 0) {
            hae_spool_in_child(&spooling->spools[signal], idle);
        }
    }
}

static haetae_status init_spools(struct hae_spooling *spooling,
                                 const struct hae_spooling_options *options, const char *title,
                                 uint32_t signals)
{
    struct hae_spool_options spool = {.path = options->path,
                                      .title = title,
                                      .bytes_max = options->bytes_max,
                                      .age_max_ms = options->age_max_ms,
                                      .diagnostics = options->diagnostics};

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        spooling->legs[signal] =
            (struct hae_spooling_leg){.spooling = spooling, .signal = (haetae_signal)signal};
        spool.signal = (haetae_signal)signal;
        if ((signals >> signal & 1) == 0) {
            continue;
        }
        if (hae_spool_init(&spooling->spools[signal], &spool) != HAETAE_OK) {
            return HAETAE_ENOMEM;
        }
        spooling->signals |= UINT32_C(1) << signal;
    }
    return HAETAE_OK;
}

haetae_status hae_spooling_new(const struct hae_spooling_options *options, const char *title,
                               uint32_t signals, haetae_exporter **ret_exporter)
{
    haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "spool", .send = spooling_send,
                       .free = spooling_free, .max_in_flight = IN_FLIGHT_MAX, .signals = signals,
                       .after_fork = spooling_after_fork, .blocks = 1);
    struct hae_spooling *spooling = hae_calloc(1, sizeof *spooling);
    haetae_exporter *exporter = NULL;

    if (spooling == NULL) {
        return HAETAE_ENOMEM;
    }
    spooling->after_ms = options->after_ms;
    if (init_spools(spooling, options, title, signals) != HAETAE_OK ||
        haetae_exporter_new(&ops, spooling, &exporter) != HAETAE_OK) {
        spooling_free(spooling);
        return HAETAE_ENOMEM;
    }
    exporter->spooling = spooling;
    *ret_exporter = exporter;
    return HAETAE_OK;
}

struct hae_spool *hae_spooling_of(const haetae_exporter *exporter, haetae_signal signal)
{
    return &exporter->spooling->spools[signal];
}
