/* SPDX-License-Identifier: Apache-2.0 */
/* Instruments with other streams than their own. */
#ifndef HAETAE_TESTS_METRICS_VIEWS_H
#define HAETAE_TESTS_METRICS_VIEWS_H

#include "metrics/fixture.h"

/* A stream to be; NULL and 0 mean as the instrument has it. */
struct view {
    const char *name;
    const struct hae_key_filter *filter;
    const struct hae_aggregation *aggregation;
    uint32_t series_limit;
    uint16_t max_size;
    int8_t max_scale; /* taken where max_size is not 0 */
    bool omits_extremes;
    double zero_threshold;
    struct hae_reservoir_plan reservoir;
};

struct views {
    uint32_t count;
    struct view view[4];
    uint8_t fields[4][HAE_METRIC_FIELDS_MAX_BYTES];
};

/* Gives the instruments made from now on these streams. */
void set_views(struct fixture *fixture, struct views *views);

/* fixture_init() and set_views(). */
void fixture_init_views(struct fixture *fixture, uint32_t lane_count, struct views *views);

/* Keeps, or drops, the one key "path". */
extern const struct hae_key_filter keeps_path;
extern const struct hae_key_filter drops_path;

#endif
