/* SPDX-License-Identifier: Apache-2.0 */
#include "series.h"

#include "attributes.h"
#include "worker.h"

/* Everything that the attributes of a duration depend on, in one location; never 0. */
static uint32_t key_of(const ngx_http_request_t *r, const struct nh_request *request,
                       ngx_uint_t status)
{
    uint32_t version = r->http_version >= 3000                  ? 4
                       : r->http_version >= NGX_HTTP_VERSION_20 ? 3
                       : r->http_version == NGX_HTTP_VERSION_11 ? 2
                       : r->http_version == NGX_HTTP_VERSION_10 ? 1
                                                                : 0;

    return 1u << 31 | (uint32_t)request->method << 24 | (uint32_t)request->scheme << 20 |
           version << 16 | (uint32_t)(status & 0xffff);
}

/* The place of a series, or a free one for it; NULL: the table of the location is full. */
static struct nh_series *find(struct nh_location *location, uint32_t key)
{
    uint32_t start = key * UINT32_C(0x9E3779B1) >> 28;

    for (uint32_t i = 0; i < SERIES_PER_LOCATION; i++) {
        struct nh_series *series = &location->series[(start + i) % SERIES_PER_LOCATION];

        if (series->key == key || series->key == 0) {
            return series;
        }
    }
    return NULL;
}

void nh_series_record(ngx_http_request_t *r, const struct nh_request *request,
                      struct nh_location *location, ngx_uint_t status, double duration_s)
{
    uint32_t key = key_of(r, request, status);
    struct nh_series *series = find(location, key);
    haetae_attribute items[ATTRIBUTES_MAX];
    struct nh_attributes list;

    if (series != NULL && series->key == key) {
        haetae_bound_histogram_record_double(series->histogram, duration_s);
        return;
    }
    nh_attributes_of_duration(r, request, location, status, &list);
    nh_attributes_join(&list, items);
    if (series != NULL && haetae_histogram_bind(nh_worker.duration, items, list.count,
                                                &series->histogram) == HAETAE_OK) {
        series->key = key;
        haetae_bound_histogram_record_double(series->histogram, duration_s);
        return;
    }
    haetae_histogram_record_double(nh_worker.duration, duration_s, items, list.count);
}
