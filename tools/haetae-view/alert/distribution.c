/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/distribution.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util/quantile.h"

#define BUCKETS HAE_VIEW_DISTRIBUTION_BUCKETS

/* ---- Reading ------------------------------------------------------------------------------- */

/* Behind `"name":` in JSON that the decoder has written; NULL: it is not there. */
static const char *find(const char *json, const char *name)
{
    const char *at = strstr(json, name);
    return at != NULL ? at + strlen(name) : NULL;
}

static bool read_counts(const char *at, uint64_t *counts, size_t *ret_count)
{
    size_t count = 0;
    if (at == NULL || *at++ != '[') {
        return false;
    }
    while (*at != ']') {
        char *end;
        uint64_t value = strtoull(at, &end, 10);
        if (end == at || count == BUCKETS) {
            return false;
        }
        counts[count++] = value;
        at = *end == ',' ? end + 1 : end;
    }
    *ret_count = count;
    return true;
}

static bool read_bounds(const char *at, struct hae_view_distribution *distribution)
{
    size_t count = 0;
    if (at == NULL || *at++ != '[') {
        return false;
    }
    while (*at != ']') {
        char *end;
        double value = strtod(at, &end);
        if (end == at || count == BUCKETS - 1) {
            return false;
        }
        distribution->bounds[count++] = value;
        at = *end == ',' ? end + 1 : end;
    }
    distribution->bound_count = count;
    return true;
}

static bool read_side(const char *at, struct hae_view_distribution_side *side)
{
    const char *offset = at != NULL ? find(at, "\"offset\":") : NULL;
    if (offset == NULL) {
        return false;
    }
    side->offset = (int32_t)strtol(offset, NULL, 10);
    return read_counts(find(at, "\"counts\":"), side->counts, &side->count);
}

bool hae_view_distribution_read(const char *json, struct hae_view_distribution *ret_distribution)
{
    struct hae_view_distribution *distribution = ret_distribution;
    const char *scale = find(json, "\"scale\":");
    const char *zero = find(json, "\"zero_count\":");
    memset(distribution, 0, sizeof *distribution);
    if (scale == NULL) {
        return read_bounds(find(json, "\"bounds\":"), distribution) &&
               read_counts(find(json, "\"counts\":"), distribution->positive.counts,
                           &distribution->positive.count) &&
               distribution->positive.count == distribution->bound_count + 1;
    }
    distribution->exponential = true;
    distribution->scale = (int32_t)strtol(scale, NULL, 10);
    distribution->zero_count = zero != NULL ? strtoull(zero, NULL, 10) : 0;
    return read_side(find(json, "\"positive\":"), &distribution->positive) &&
           read_side(find(json, "\"negative\":"), &distribution->negative);
}

/* ---- Adding and taking away ---------------------------------------------------------------- */

/* Half as many buckets, each as wide as two. */
static void halve(struct hae_view_distribution_side *side)
{
    int32_t first = side->offset >> 1; /* rounds down, as gcc and clang shift */
    size_t count = 0;
    for (size_t i = 0; i < side->count; i++) {
        size_t at = (size_t)((((int64_t)side->offset + (int64_t)i) >> 1) - first);
        uint64_t value = side->counts[i];
        if (at >= count) {
            side->counts[at] = 0;
            count = at + 1;
        }
        side->counts[at] += value;
    }
    side->offset = first;
    side->count = count;
}

static bool scale_down(struct hae_view_distribution *distribution, int32_t scale)
{
    while (distribution->scale > scale) {
        halve(&distribution->positive);
        halve(&distribution->negative);
        distribution->scale--;
    }
    return true;
}

/* Makes room for the buckets from `first` up to `end`. */
static bool widen(struct hae_view_distribution_side *side, int64_t first, int64_t end)
{
    int64_t old_first = side->offset;
    int64_t old_end = old_first + (int64_t)side->count;
    if (side->count == 0) {
        old_first = first;
        old_end = first;
    }
    first = first < old_first ? first : old_first;
    end = end > old_end ? end : old_end;
    if (end - first > BUCKETS) {
        return false;
    }
    memmove(side->counts + (old_first - first), side->counts, side->count * sizeof side->counts[0]);
    memset(side->counts, 0, (size_t)(old_first - first) * sizeof side->counts[0]);
    memset(side->counts + (old_end - first), 0, (size_t)(end - old_end) * sizeof side->counts[0]);
    side->offset = (int32_t)first;
    side->count = (size_t)(end - first);
    return true;
}

static bool combine_counts(uint64_t *count, uint64_t other, bool add)
{
    return add ? !__builtin_add_overflow(*count, other, count)
               : !__builtin_sub_overflow(*count, other, count);
}

static bool combine_sides(struct hae_view_distribution_side *side,
                          const struct hae_view_distribution_side *other, bool add)
{
    int64_t first = other->offset;
    if (other->count == 0) {
        return true;
    }
    if (!widen(side, first, first + (int64_t)other->count)) {
        return false;
    }
    for (size_t i = 0; i < other->count; i++) {
        if (!combine_counts(&side->counts[first - side->offset + (int64_t)i], other->counts[i],
                            add)) {
            return false;
        }
    }
    return true;
}

static bool combine(struct hae_view_distribution *distribution, struct hae_view_distribution *other,
                    bool add)
{
    if (distribution->exponential != other->exponential) {
        return false;
    }
    if (!distribution->exponential &&
        (distribution->bound_count != other->bound_count ||
         memcmp(distribution->bounds, other->bounds,
                distribution->bound_count * sizeof distribution->bounds[0]) != 0)) {
        return false;
    }
    int32_t scale = distribution->scale < other->scale ? distribution->scale : other->scale;
    return scale_down(distribution, scale) && scale_down(other, scale) &&
           combine_counts(&distribution->zero_count, other->zero_count, add) &&
           combine_sides(&distribution->positive, &other->positive, add) &&
           combine_sides(&distribution->negative, &other->negative, add);
}

bool hae_view_distribution_subtract(struct hae_view_distribution *distribution,
                                    struct hae_view_distribution *before)
{
    return combine(distribution, before, false);
}

bool hae_view_distribution_add(struct hae_view_distribution *distribution,
                               struct hae_view_distribution *more)
{
    return combine(distribution, more, true);
}

double hae_view_distribution_quantile(const struct hae_view_distribution *distribution,
                                      double quantile)
{
    const struct hae_view_distribution_side *positive = &distribution->positive;
    const struct hae_view_distribution_side *negative = &distribution->negative;
    if (distribution->exponential) {
        struct hae_view_exponential exponential = {
            .negative = {negative->counts, negative->count, negative->offset},
            .positive = {positive->counts, positive->count, positive->offset},
            .zero_count = distribution->zero_count,
            .scale = distribution->scale,
            .min = NAN,
            .max = NAN,
        };
        return hae_view_exponential_quantile(&exponential, quantile);
    }
    struct hae_view_buckets buckets = {positive->counts, distribution->bounds,
                                       distribution->bound_count, NAN, NAN};
    return hae_view_buckets_quantile(&buckets, quantile);
}
