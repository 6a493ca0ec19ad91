/* SPDX-License-Identifier: Apache-2.0 */
/* One collection as a page. */
#ifndef HAETAE_PROMETHEUS_COLLECT_H
#define HAETAE_PROMETHEUS_COLLECT_H

#include <pthread.h>

#include "haetae/reader.h"
#include "negotiate.h"
#include "page.h"

struct hae_prom_collector {
    haetae_metric_reader *reader;
    struct hae_prom_options options;
    hae_prom_report *report;
    void *user;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool collects; /* somebody does; guarded by `lock` */
};

/* False when memory is short. */
bool hae_prom_collector_init(struct hae_prom_collector *collector);
void hae_prom_collector_done(struct hae_prom_collector *collector);

/* In a forked child: ends what a thread of the parent did. */
void hae_prom_collector_in_child(struct hae_prom_collector *collector);

/* Collects, and adds the page to `out`. Within `timeout_ms` of the monotonic clock it waits for
 * another one to end, and then for the SDK's own work. Threads: any.
 * Errors: HAETAE_ETIMEOUT, HAETAE_ENOMEM, HAETAE_ESHUTDOWN, HAETAE_EFORMAT. */
haetae_status hae_prom_collect(struct hae_prom_collector *collector,
                               const struct hae_prom_choice *choice, uint32_t timeout_ms,
                               struct hae_buffer *out);

#endif
