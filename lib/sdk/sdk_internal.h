/* SPDX-License-Identifier: Apache-2.0 */
/* An SDK: one recorder, a provider for each signal, one pipeline, one worker. */
#ifndef HAE_SDK_SDK_INTERNAL_H
#define HAE_SDK_SDK_INTERNAL_H

#include "base/diagnostics.h"
#include "haetae/sdk.h"
#include "logs/logger.h"
#include "metrics/meter.h"
#include "pipeline/worker.h"
#include "trace/tracer.h"

enum hae_sdk_state {
    HAE_SDK_RUNNING,
    HAE_SDK_STOPPING,
    HAE_SDK_STOPPED,
    /* The worker did not end in time: an exporter still runs in it. */
    HAE_SDK_STUCK
};

struct haetae_sdk {
    struct hae_recorder *recorder;
    struct hae_diagnostics diagnostics;
    struct hae_tracer_provider traces;
    struct hae_meter_provider metrics;
    struct hae_logger_provider logs;
    struct hae_pipeline pipeline;
    struct hae_worker worker;
    uint8_t *resource;
    size_t resource_size_bytes;

    pthread_mutex_t lock; /* of the state */
    pthread_cond_t changed;
    enum hae_sdk_state state;
};

#endif
