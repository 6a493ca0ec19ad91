/* SPDX-License-Identifier: Apache-2.0 */
/* The public handles of readers, and the filters and producers that they have before an SDK
 * starts. */
#ifndef HAETAE_SDK_METRIC_READER_H
#define HAETAE_SDK_METRIC_READER_H

#include "base/reference.h"
#include "base/try_lock.h"
#include "haetae/reader.h"
#include "metrics/producer.h"
#include "metrics/reader.h"

struct haetae_metric_reader {
    _Atomic size_t references; /* the caller's, a configuration's, an SDK's */
    bool pull;
    uint64_t interval_ms; /* 0: the configuration's */
    uint64_t batch_points_max;
    struct hae_temporality temporality;
    struct hae_reader_defaults defaults;
    struct hae_metric_filter *filter; /* NULL: none */
    struct hae_producer *producers;   /* until an SDK has started */
    _Atomic bool is_taken;            /* by an SDK, for ever */

    struct hae_try_lock use; /* of the rest */
    haetae_sdk *sdk;         /* NULL: none has started, or it is gone */
    struct hae_metric_reader *reader;
};

void hae_reader_ref(haetae_metric_reader *reader);
void hae_reader_unref(haetae_metric_reader *reader);

#endif
