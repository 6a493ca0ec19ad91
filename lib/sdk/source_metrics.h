/* SPDX-License-Identifier: Apache-2.0 */
/* A reader of metrics as a source of a pipeline: it collects at an interval, and for a
 * flush. */
#ifndef HAETAE_SDK_SOURCE_METRICS_H
#define HAETAE_SDK_SOURCE_METRICS_H

#include "base/diagnostics.h"
#include "metrics/reader.h"
#include "pipeline/source.h"
#include "sdk/self_metrics.h"

struct hae_metrics_source {
    struct hae_metric_reader
        *reader; /* its index is the group it collects for; NULL: there is none */
    struct hae_self_metrics *self_metrics; /* NULL: there are none */
    struct hae_diagnostics *diagnostics;
    uint64_t interval_ms;
    uint64_t batch_points_max; /* of one request; the caller may change it */
    struct hae_intake *intake; /* of the collection under way */
    uint64_t next_ms;
    uint64_t again_ms;       /* not before: memory did not suffice, or somebody else collects */
    uint64_t dropped_count;  /* of the signal, before the last collection */
    uint64_t refused_count;  /* series without memory, as far as that was reported */
    uint64_t began_ns;       /* the collection under way */
    uint64_t stuck_since_ms; /* there is no room for the next slice; 0: there is */
    uint32_t slice_count;    /* of the collection under way */
    bool is_asked_again;     /* by a flush since it began */
    bool is_collecting;      /* it has the provider's lock of collections */
    bool is_delivered;       /* all that the last collection gave */
    bool has_observed_end;   /* callbacks were called while the pipeline closes */
    bool has_ended;          /* collected for the last time, with nothing recorded any more */
};

/* Begins; all that is pointed to outlives the source. */
void hae_metrics_source_init(struct hae_metrics_source *self, struct hae_metric_reader *reader,
                             struct hae_diagnostics *diagnostics, uint64_t interval_ms);

/* The source for the pipeline's options. */
struct hae_source hae_metrics_source(struct hae_metrics_source *self);

/* Whether the last collection was delivered, and nothing has changed since. Only the driver of the
 * pipeline calls this, or whoever has stopped it. */
bool hae_metrics_source_is_delivered(struct hae_metrics_source *self,
                                     const struct hae_intake *intake);

/* Whether the metrics were collected after the last measurement. */
bool hae_metrics_source_has_ended(const struct hae_metrics_source *self);

#endif
