/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/views.h"

static const haetae_string path = {"path", 4};

const struct hae_key_filter keeps_path = {.drops = false, .key_count = 1, .keys = &path};
const struct hae_key_filter drops_path = {.drops = true, .key_count = 1, .keys = &path};

static uint32_t view(void *user, const struct hae_instrument_request *request,
                     struct hae_stream_options *streams)
{
    static const double boundaries[] = {10, 100};
    struct views *views = user;
    const struct hae_stream_options own = streams[0];

    (void)request;
    for (uint32_t i = 0; i < views->count; i++) {
        const struct view *wanted = &views->view[i];

        streams[i] = own;
        streams[i].filter = wanted->filter;
        if (wanted->name != NULL) {
            struct hae_metric_texts texts =
                hae_metric_fields_put(views->fields[i], haetae_string_of(wanted->name),
                                      haetae_string_of(""), haetae_string_of(""));

            hae_metric_texts_split(views->fields[i], &texts, streams[i].texts);
        }
        if (wanted->aggregation != NULL) {
            streams[i].aggregation = wanted->aggregation;
            streams[i].boundaries = boundaries;
            streams[i].boundary_count = 2;
        }
        if (wanted->max_size != 0) {
            streams[i].max_size = wanted->max_size;
            streams[i].max_scale = wanted->max_scale;
        }
        streams[i].omits_extremes = wanted->omits_extremes;
        streams[i].zero_threshold = wanted->zero_threshold;
        streams[i].reservoir = wanted->reservoir;
        if (wanted->series_limit != 0) {
            streams[i].series_limit = wanted->series_limit;
        }
    }
    return views->count;
}

void set_views(struct fixture *fixture, struct views *views)
{
    fixture->provider.view = view;
    fixture->provider.view_user = views;
}

void fixture_init_views(struct fixture *fixture, uint32_t lane_count, struct views *views)
{
    fixture_init(fixture, lane_count);
    set_views(fixture, views);
}
