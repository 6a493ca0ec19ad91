/* SPDX-License-Identifier: Apache-2.0 */
/* Requests, errors and durations of services and routes. */
#ifndef HAETAE_VIEW_ALERT_MEASURE_REQUESTS_H
#define HAETAE_VIEW_ALERT_MEASURE_REQUESTS_H

#include "alert/measuring.h"

/* As hae_view_measure(), as in the other files. */
int hae_view_measure_requests(const struct hae_view_measuring *measuring);

/* Requests of a service or route in one step. */
struct hae_view_red {
    char *service;
    char *route;
    int64_t step;
    int64_t requests;
    double value; /* of the measure that the rule names; NaN: there is none */
};

struct hae_view_reds {
    struct hae_view_red *items;
    size_t count;
    size_t capacity;
};

/* Steps of `step_s` in a window, by service or route as the rule says. */
int hae_view_reds_read(const struct hae_view_measuring *measuring, int64_t from_ns, int64_t to_ns,
                       int64_t step_s, struct hae_view_reds *ret_reds);
void hae_view_reds_done(struct hae_view_reds *reds);

#endif
