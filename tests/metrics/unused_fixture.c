/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/unused_fixture.h"

#include "metrics/reuse.h"

unsigned reported_for(uint32_t intervals)
{
    return intervals + 2;
}

void init_unused(struct fixture *f, uint32_t intervals, uint32_t limit)
{
    fixture_init(f, 0);
    f->provider.unused.intervals = intervals;
    f->provider.defaults.cardinality_limit = limit;
}

void add_one(haetae_counter *counter, const char *set)
{
    haetae_attribute attribute = HAETAE_ATTR("set", set);

    haetae_counter_add(counter, 1, &attribute, 1);
}

void pass(struct fixture *f, unsigned collections)
{
    for (unsigned i = 0; i < collections; i++) {
        struct collection all;

        collect(f, &all);
        collection_free(&all);
    }
}

void pass_all(struct fixture *f)
{
    pass(f, reported_for(f->provider.unused.intervals) + UNTIL_FREE);
}

const struct hae_stream *stream_of(const void *instrument)
{
    return &((const struct hae_instrument *)instrument)->streams[0];
}

uint32_t series_count(const void *instrument)
{
    return hae_reuse_count(stream_of(instrument));
}

int64_t value_of(struct fixture *f, const char *name, const char *attributes)
{
    const HaeOtlp__NumberDataPoint *point;
    struct collection all;
    int64_t value;

    collect(f, &all);
    point = find_point(&all, name, attributes);
    value = point != NULL ? point->as_int : -1;
    collection_free(&all);
    return value;
}
