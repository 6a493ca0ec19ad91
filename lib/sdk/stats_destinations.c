/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/stats_destinations.h"

#include <string.h>

#include "pipeline/health.h"

/* Not spools, which count as those that they stand behind, nor what only works for samplers. */
static bool is_shown(const struct hae_destination *destination)
{
    return destination->signals != 0 && !hae_destination_is_spool(destination);
}

/* How many of the first `count` destinations of a route are shown. */
static size_t shown_before(const struct hae_route *route, uint32_t count)
{
    size_t shown = 0;

    for (uint32_t i = 0; i < count; i++) {
        shown += is_shown(&route->destinations[i]);
    }
    return shown;
}

size_t hae_stats_destinations_of(const haetae_sdk *sdk)
{
    return sdk != NULL ? shown_before(&sdk->pipeline.route, sdk->pipeline.route.destination_count)
                       : 0;
}

void hae_stats_take_destinations(haetae_sdk *sdk, haetae_stats *stats)
{
    const struct hae_route *route = &sdk->pipeline.route;
    size_t count = stats->destination_count;

    for (uint32_t i = 0; i < route->destination_count && count != 0; i++) {
        const struct hae_destination *destination = &route->destinations[i];
        struct hae_destination_stats *taken;

        if (!is_shown(destination)) {
            continue;
        }
        taken = &stats->destinations[stats->destination_count - count--];
        memcpy(taken->name, destination->exporter->title, sizeof taken->name);
        taken->first = shown_before(route, (uint32_t)(destination->first - route->destinations));
        taken->signals = destination->signals;
        /* In a forked child that has not begun yet, they are the parent's. */
        if (!hae_pipeline_is_inherited(&sdk->pipeline)) {
            hae_health_read(destination, taken->values);
        }
    }
}

/* NULL: there is no such one. */
static const struct hae_destination_stats *destination_of(const haetae_stats *stats, size_t index)
{
    return stats != NULL && index < stats->destination_count ? &stats->destinations[index] : NULL;
}

size_t haetae_stats_destination_count(const haetae_stats *stats)
{
    return stats != NULL ? stats->destination_count : 0;
}

const char *haetae_stats_destination_name(const haetae_stats *stats, size_t index)
{
    const struct hae_destination_stats *destination = destination_of(stats, index);

    return destination != NULL ? destination->name : "";
}

size_t haetae_stats_destination_first(const haetae_stats *stats, size_t index)
{
    const struct hae_destination_stats *destination = destination_of(stats, index);

    return destination != NULL ? destination->first : 0;
}

bool haetae_stats_destination_takes(const haetae_stats *stats, size_t index, haetae_signal signal)
{
    const struct hae_destination_stats *destination = destination_of(stats, index);

    return destination != NULL && (unsigned)signal < HAETAE_SIGNAL_COUNT &&
           (destination->signals >> signal & 1) != 0;
}

uint64_t haetae_stats_destination_value(const haetae_stats *stats, size_t index,
                                        haetae_signal signal, haetae_destination_stat stat)
{
    return haetae_stats_destination_takes(stats, index, signal) &&
                   (unsigned)stat < HAETAE_DESTINATION_COUNT
               ? stats->destinations[index].values[signal][stat]
               : 0;
}

const char *haetae_destination_stat_name(haetae_destination_stat stat)
{
    static const char *const names[HAETAE_DESTINATION_COUNT] = {
#define HAETAE_DESTINATION_TEXT(name, code, text) [code] = (text),
        HAETAE_DESTINATION_MAP(HAETAE_DESTINATION_TEXT)
#undef HAETAE_DESTINATION_TEXT
    };

    return (unsigned)stat < HAETAE_DESTINATION_COUNT ? names[stat] : "?";
}
