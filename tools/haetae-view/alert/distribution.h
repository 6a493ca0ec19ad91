/* SPDX-License-Identifier: Apache-2.0 */
/* The buckets of a point of a histogram, as the database has them in JSON, and what was added to
 * them since another point. */
#ifndef HAETAE_VIEW_ALERT_DISTRIBUTION_H
#define HAETAE_VIEW_ALERT_DISTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HAE_VIEW_DISTRIBUTION_BUCKETS 2048

struct hae_view_distribution_side {
    int32_t offset;
    size_t count;
    uint64_t counts[HAE_VIEW_DISTRIBUTION_BUCKETS];
};

struct hae_view_distribution {
    bool exponential;
    /* Explicit bounds: positive.counts has one more than there are. */
    size_t bound_count;
    double bounds[HAE_VIEW_DISTRIBUTION_BUCKETS];
    int32_t scale;
    uint64_t zero_count;
    struct hae_view_distribution_side positive;
    struct hae_view_distribution_side negative;
};

/* False: it is no histogram, or it has too many buckets. */
bool hae_view_distribution_read(const char *json, struct hae_view_distribution *ret_distribution);

/* Takes away what `before` has. False: it does not fit, or has more; then nothing is known. */
bool hae_view_distribution_subtract(struct hae_view_distribution *distribution,
                                    struct hae_view_distribution *before);
/* Adds what another has. False: it does not fit. */
bool hae_view_distribution_add(struct hae_view_distribution *distribution,
                               struct hae_view_distribution *more);

/* NaN: nothing was counted. */
double hae_view_distribution_quantile(const struct hae_view_distribution *distribution,
                                      double quantile);

#endif
