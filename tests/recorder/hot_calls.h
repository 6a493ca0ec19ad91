/* SPDX-License-Identifier: Apache-2.0 */
/* Makes each recording call once, through the public API only. */
#ifndef HAETAE_TESTS_RECORDER_HOT_CALLS_H
#define HAETAE_TESTS_RECORDER_HOT_CALLS_H

#include "haetae/haetae.h"

struct hot_calls {
    haetae_sdk *sdk;
    haetae_tracer *tracer;
    haetae_logger *logger;
    haetae_counter *counter;
    haetae_up_down_counter *up_down;
    haetae_gauge *gauge;
    haetae_histogram *histogram;
    haetae_bound_counter *bound_counter;
    haetae_bound_histogram *bound_histogram;
    haetae_span_context remote;
    unsigned number; /* of the call of hot_calls_make() */
};

/* Starts an SDK without a worker, whose clock is `clock` ("auto", "system"). Ends the
 * process when that fails. */
void hot_calls_begin(struct hot_calls *calls, const char *clock, const char *sampler);

/* Records once with each call. */
void hot_calls_make(struct hot_calls *calls);

/* Drains the recorder, so that there is room again. */
void hot_calls_drain(struct hot_calls *calls);

#endif
