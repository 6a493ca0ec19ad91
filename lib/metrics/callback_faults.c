/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/callback_faults.h"

#include "metrics/instrument.h"
#include "metrics/meter.h"
#include "metrics/producer.h"

bool hae_callback_fault_note(struct hae_callback_faults *faults, const haetae_callback *callback,
                             haetae_status status)
{
    if (faults->count == HAE_CALLBACK_FAULTS_MAX) {
        return false;
    }
    faults->list[faults->count].instrument =
        callback->producer == NULL ? callback->instruments[0] : NULL;
    faults->list[faults->count].producer = callback->producer;
    faults->list[faults->count].status = status;
    faults->list[faults->count].failed_count =
        callback->producer != NULL ? callback->producer->failed_count : 0;
    faults->count++;
    return true;
}

static void report_instrument(const struct hae_meter_provider *provider,
                              const struct hae_instrument *instrument)
{
    haetae_string name = hae_instrument_name(instrument);

    hae_diagnose(provider->diagnostics, HAETAE_DIAGNOSTIC_WARN, "callback",
                 "the callback of instrument \"%.*s\" has not returned in %u ms: what it "
                 "observes is not reported, and it is not called again before it returns "
                 "(HAETAE_METRICS_CALLBACK_TIMEOUT)",
                 (int)name.length, name.data, (unsigned)provider->callback_timeout_ms);
}

static void report_producer(const struct hae_meter_provider *provider,
                            const struct hae_producer *producer, haetae_status status,
                            uint64_t failed_count)
{
    haetae_string name = producer->ops.scope_name;

    if (status == HAETAE_ETIMEOUT) {
        hae_diagnose(provider->diagnostics, HAETAE_DIAGNOSTIC_WARN, "producer hangs",
                     "the metric producer \"%.*s\" has not returned in %u ms: what it adds is not "
                     "collected, and it is not called again before it returns "
                     "(HAETAE_METRICS_CALLBACK_TIMEOUT)",
                     (int)name.length, name.data, (unsigned)provider->callback_timeout_ms);
    } else if (status == HAETAE_OK) {
        hae_diagnose(provider->diagnostics, HAETAE_DIAGNOSTIC_INFO, "producer again",
                     "the metric producer \"%.*s\" adds all its metrics again, after %llu calls "
                     "that failed",
                     (int)name.length, name.data, (unsigned long long)failed_count);
    } else {
        hae_diagnose(provider->diagnostics, HAETAE_DIAGNOSTIC_WARN, "producer",
                     "the metric producer \"%.*s\" could not add all its metrics: %s",
                     (int)name.length, name.data, haetae_status_text(status));
    }
}

void hae_callback_faults_report(const struct hae_meter_provider *provider,
                                const struct hae_callback_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        if (faults->list[i].producer != NULL) {
            report_producer(provider, faults->list[i].producer, faults->list[i].status,
                            faults->list[i].failed_count);
        } else {
            report_instrument(provider, faults->list[i].instrument);
        }
    }
    if (faults->skipped_count != 0) {
        hae_diagnose(provider->diagnostics, HAETAE_DIAGNOSTIC_WARN, "callbacks",
                     "%zu callbacks or metric producers were not called: others took all the time, "
                     "or no thread could be started",
                     faults->skipped_count);
    }
}
