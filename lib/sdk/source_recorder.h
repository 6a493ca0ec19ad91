/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder as a source of a pipeline: its spans and log records. In a file it keeps them,
 * in its journals, until they are settled. */
#ifndef HAETAE_SDK_SOURCE_RECORDER_H
#define HAETAE_SDK_SOURCE_RECORDER_H

#include "base/diagnostics.h"
#include "pipeline/source.h"
#include "recorder/recorder.h"

struct hae_sdk_readers;

struct hae_recorder_source {
    struct hae_recorder *recorder;
    struct hae_diagnostics *diagnostics;
    struct hae_sdk_readers *readers; /* say whether the file's metrics are exported */
    bool has_journals;               /* and they are this process's */
    bool no_name_reported;
    bool must_report_no_file; /* a forked child's: it has no file though its parent has one */
    bool newer_caller_reported;
    uint64_t next_anchor_ms;
    uint64_t reported_damage_count;
    uint32_t reported_remarks; /* HAE_REMARK_… */
};

/* Begins; all that is pointed to outlives the source. */
void hae_recorder_source_init(struct hae_recorder_source *self, struct hae_recorder *recorder,
                              struct hae_diagnostics *diagnostics, struct hae_sdk_readers *readers);

/* The source for the pipeline's options. */
struct hae_source hae_recorder_source(struct hae_recorder_source *self);

#endif
