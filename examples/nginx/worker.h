/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker process records with: an SDK of its own, from its start to its end. */
#ifndef HAETAE_EXAMPLES_NGINX_WORKER_H
#define HAETAE_EXAMPLES_NGINX_WORKER_H

#include "conf.h"

struct nh_worker {
    haetae_sdk *sdk; /* NULL: nothing is recorded */
    haetae_tracer *tracer;
    haetae_logger *logger;
    haetae_histogram *duration;                                       /* in seconds */
    haetae_bound_up_down_counter *active[METHOD_COUNT][SCHEME_COUNT]; /* open requests */
};

extern struct nh_worker nh_worker;

/* Starts the SDK. A failure is logged, and the worker serves without telemetry. */
ngx_int_t nh_worker_start(ngx_cycle_t *cycle);

/* Exports what is left, within the time that the configuration says. */
void nh_worker_stop(ngx_cycle_t *cycle);

/* Whether the calling thread just writes a message of haetae itself to nginx's log. It must not be
 * recorded: its record could lead to the next such message. */
bool nh_worker_reports(void);

#endif
