/* SPDX-License-Identifier: Apache-2.0 */
/* An SDK: one recorder, a provider for each signal, one pipeline, one worker. */
#ifndef HAETAE_SDK_SDK_INTERNAL_H
#define HAETAE_SDK_SDK_INTERNAL_H

#include "base/diagnostics.h"
#include "haetae/sdk.h"
#include "logs/logger.h"
#include "metrics/reader.h"
#include "pipeline/worker.h"
#include "recovery/recovery.h"
#include "recovery/spool_recovery.h"
#include "sdk/host_metrics.h"
#include "sdk/readers.h"
#include "sdk/resource.h"
#include "sdk/source_recorder.h"
#include "trace/tracer.h"

enum hae_sdk_state {
    HAE_SDK_RUNNING,
    HAE_SDK_STOPPING,
    HAE_SDK_STOPPED,
    /* The worker did not end in time: an exporter still runs in it. */
    HAE_SDK_STUCK
};

/* For so many samplers the worker works. */
enum { HAE_SAMPLERS_WITH_WORK = 2 };

struct haetae_sdk {
    struct hae_recorder *recorder;
    struct hae_diagnostics diagnostics;
    struct hae_tracer_provider traces;
    struct hae_meter_provider metrics;
    struct hae_sdk_readers readers;
    struct hae_logger_provider logs;
    struct hae_recorder_source recorder_source;
    struct hae_redactor redactor; /* of the pipeline, if it has rules */
    struct hae_self_metrics self_metrics;
    struct hae_host_metrics host_metrics;
    struct hae_pipeline pipeline;
    struct hae_worker worker;
    /* By which the worker works for samplers; of the pipeline, which frees them. */
    haetae_exporter *work[HAE_SAMPLERS_WITH_WORK];
    uint32_t work_count;
    struct hae_recovery *recovery; /* of what dead processes left; NULL: none */
    const char *recovers_only;     /* the directory of one that does nothing else */
    /* Of one that exports spools from there; NULL: it reads recorders' files. */
    const struct hae_spool_entries *recovers_spools;
    struct hae_spool_recovery *spool_recovery; /* NULL: none */
    uint8_t *resource_bytes;
    struct hae_resource_view resource; /* of these bytes */
    /* What it was made of, and for which process; a forked child's differs by its own. */
    struct haetae_resource attributes;
    struct hae_resource_process process;
    bool publishes_context; /* the resource is published: sdk/process_context.h */
    struct hae_atfork atfork;
    pthread_mutex_t fork_lock; /* of making it a forked child's own */

    pthread_mutex_t lock; /* of the state */
    pthread_cond_t changed;
    enum hae_sdk_state state;
};

static inline enum hae_sdk_state hae_sdk_state_of(haetae_sdk *sdk)
{
    enum hae_sdk_state state;

    pthread_mutex_lock(&sdk->lock);
    state = sdk->state;
    pthread_mutex_unlock(&sdk->lock);
    return state;
}

#endif
