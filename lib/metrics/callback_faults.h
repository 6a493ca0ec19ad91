/* SPDX-License-Identifier: Apache-2.0 */
/* What is reported of the callbacks and producers of a round: those that hang, fail, or fail no
 * more. */
#ifndef HAETAE_METRICS_CALLBACK_FAULTS_H
#define HAETAE_METRICS_CALLBACK_FAULTS_H

#include "metrics/callbacks.h"

enum { HAE_CALLBACK_FAULTS_MAX = 8 };

/* What the end of a round reports, when the lock is not held any more. */
struct hae_callback_faults {
    struct {
        const struct hae_instrument *instrument;
        const struct hae_producer *producer; /* or NULL */
        haetae_status status;                /* HAETAE_ETIMEOUT: it hangs, for the first time */
        uint64_t failed_count;               /* of a producer */
    } list[HAE_CALLBACK_FAULTS_MAX];
    size_t count;
    size_t skipped_count; /* were not called */
};

/* Notes one while the callbacks' lock is held. False: there is no room for it. */
bool hae_callback_fault_note(struct hae_callback_faults *faults, const haetae_callback *callback,
                             haetae_status status);

/* Reports them, when the lock is not held any more. */
void hae_callback_faults_report(const struct hae_meter_provider *provider,
                                const struct hae_callback_faults *faults);

#endif
