/* SPDX-License-Identifier: Apache-2.0 */
#include "matching.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "telemetry.h"

#define DRIVERS     256 /* on a grid of sixteen by sixteen */
#define CITY_METRES 10000
#define NEAR_METRES 1500.0
#define CANDIDATES  2   /* how many the map service is asked about */
#define RIDE_S      0.6 /* a ride takes this long, in this city */
#define SPEED       8.0 /* metres per second, for guesses */

struct driver {
    struct point at;
    double busy_until_s; /* on the clock of telemetry_now_s(); under the lock */
};

struct matching {
    struct maps_client *maps;
    haetae_tracer *tracer;
    haetae_logger *logger;
    haetae_gauge *available;
    pthread_mutex_t lock;
    struct driver drivers[DRIVERS];
};

struct candidate {
    int driver;
    double metres;
};

static double distance(struct point a, struct point b)
{
    return hypot(a.x - b.x, a.y - b.y);
}

struct matching *matching_new(haetae_sdk *sdk, struct maps_client *maps)
{
    struct matching *matching = calloc(1, sizeof *matching);
    if (matching == NULL) {
        return NULL;
    }
    matching->maps = maps;
    matching->tracer = haetae_tracer_named(sdk, "dispatch.matching");
    matching->logger = haetae_logger_named(sdk, "dispatch.matching");
    haetae_instrument_options options = HAETAE_OPTIONS(
        haetae_instrument_options, .name = haetae_string_of("dispatch.drivers.available"),
        .unit = haetae_string_of("{driver}"),
        .description = haetae_string_of("Drivers without a ride."));
    haetae_gauge_create(haetae_meter_named(sdk, "dispatch.matching"), &options,
                        &matching->available);
    pthread_mutex_init(&matching->lock, NULL);
    for (int i = 0; i < DRIVERS; i++) {
        int row = i / 16;
        matching->drivers[i].at.x = CITY_METRES / 16.0 * (i % 16 + 0.5);
        matching->drivers[i].at.y = CITY_METRES / 16.0 * (row + 0.5);
    }
    return matching;
}

void matching_free(struct matching *matching)
{
    if (matching != NULL) {
        pthread_mutex_destroy(&matching->lock);
        free(matching);
    }
}

/* Keeps the nearest candidates, sorted. Returns the new count. */
static int insert(struct candidate *candidates, int count, struct candidate new_one)
{
    int at = count < CANDIDATES ? count : CANDIDATES - 1;
    if (count == CANDIDATES && candidates[at].metres <= new_one.metres) {
        return count;
    }
    for (; at > 0 && candidates[at - 1].metres > new_one.metres; at--) {
        candidates[at] = candidates[at - 1];
    }
    candidates[at] = new_one;
    return count < CANDIDATES ? count + 1 : count;
}

/* Reserves the nearest free drivers for this ride. */
static int hold_candidates(struct matching *matching, struct point pickup,
                           struct candidate *candidates)
{
    HAETAE_SPAN_SCOPE(span, matching->tracer, "find candidates", HAETAE_SPAN_KIND_INTERNAL);
    double now_s = telemetry_now_s();
    int count = 0;
    int64_t available = 0;
    pthread_mutex_lock(&matching->lock);
    for (int i = 0; i < DRIVERS; i++) {
        double metres = distance(matching->drivers[i].at, pickup);
        if (matching->drivers[i].busy_until_s > now_s) {
            continue;
        }
        available++;
        if (metres <= NEAR_METRES) {
            count = insert(candidates, count, (struct candidate){i, metres});
        }
    }
    for (int i = 0; i < count; i++) {
        matching->drivers[candidates[i].driver].busy_until_s = now_s + RIDE_S;
    }
    pthread_mutex_unlock(&matching->lock);

    haetae_gauge_record(matching->available, available - count, NULL, 0);
    haetae_span_set_attributes(span, HAETAE_ATTRS(HAETAE_ATTR("drivers.available", available),
                                                  HAETAE_ATTR("drivers.candidates", count)));
    return count;
}

/* Releases all drivers but the chosen one. */
static void release_others(struct matching *matching, const struct candidate *candidates, int count,
                           int chosen)
{
    pthread_mutex_lock(&matching->lock);
    for (int i = 0; i < count; i++) {
        if (candidates[i].driver != chosen) {
            matching->drivers[candidates[i].driver].busy_until_s = 0;
        }
    }
    pthread_mutex_unlock(&matching->lock);
}

/* Asks the map service about every candidate. When it does not answer, the rest is
 * guessed: further requests would fail as well. */
static void choose(struct matching *matching, const struct candidate *candidates, int count,
                   struct point pickup, struct match *match)
{
    *match = (struct match){candidates[0].driver, INFINITY, false};
    for (int i = 0; i < count && !match->estimated; i++) {
        double eta_s = candidates[i].metres / SPEED;
        struct point from = matching->drivers[candidates[i].driver].at;
        bool known = maps_client_eta(matching->maps, from, pickup, &eta_s);
        if (eta_s < match->eta_s) {
            match->driver = candidates[i].driver;
            match->eta_s = eta_s;
        }
        match->estimated = !known;
    }
}

static void report_fallback(const struct matching *matching, haetae_span span, int driver)
{
    haetae_span_add_event(span, HAETAE_TEXT("fallback"), 0,
                          HAETAE_ATTRS(HAETAE_ATTR("reason", "map service unavailable")));
    haetae_log(matching->logger, HAETAE_SEVERITY_ERROR,
               HAETAE_TEXT("map service unavailable, the arrival is a guess"),
               HAETAE_ATTRS(HAETAE_ATTR("driver.id", driver)));
}

bool matching_find(struct matching *matching, struct point pickup, struct match *ret_match)
{
    HAETAE_SPAN_SCOPE(span, matching->tracer, "match driver", HAETAE_SPAN_KIND_INTERNAL);
    struct candidate candidates[CANDIDATES];
    int count = hold_candidates(matching, pickup, candidates);
    bool found = count > 0;
    haetae_span_set(span, "match.found", found);
    if (!found) {
        haetae_log(
            matching->logger, HAETAE_SEVERITY_WARN, HAETAE_TEXT("no driver is near"),
            HAETAE_ATTRS(HAETAE_ATTR("pickup.x", pickup.x), HAETAE_ATTR("pickup.y", pickup.y)));
        return false;
    }
    choose(matching, candidates, count, pickup, ret_match);
    release_others(matching, candidates, count, ret_match->driver);
    if (ret_match->estimated) {
        report_fallback(matching, span, ret_match->driver);
    }
    haetae_span_set_attributes(span,
                               HAETAE_ATTRS(HAETAE_ATTR("driver.id", ret_match->driver),
                                            HAETAE_ATTR("eta.seconds", ret_match->eta_s),
                                            HAETAE_ATTR("eta.estimated", ret_match->estimated)));
    return true;
}
