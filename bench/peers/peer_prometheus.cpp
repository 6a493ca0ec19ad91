/* SPDX-License-Identifier: Apache-2.0 */
/* prometheus-cpp beside haetae: counters and histograms, which it keeps for whoever scrapes it.
 * Usage: peer_prometheus calls ROUNDS */
#include <cstdio>
#include <cstring>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

extern "C" {
#include "peer.h"
}

static texts all_texts;
static prometheus::Family<prometheus::Counter> *counters;
static prometheus::Family<prometheus::Histogram> *histograms;
static prometheus::Counter *bound_counter;
static prometheus::Histogram *bound_histogram;

/* The default boundaries of OpenTelemetry. */
static const prometheus::Histogram::BucketBoundaries boundaries = {
    0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000};

/* Labels of a call: what an instrument that is not bound takes each time. Their names have no
 * dots, which Prometheus does not allow. */
static prometheus::Labels labels(int i)
{
    return {{"http_request_method", "GET"},
            {"http_route", all_texts.routes[i % VARIANTS]},
            {"zone", all_texts.zones[i % VARIANTS]}};
}

static void counter_bound(void *, int calls)
{
    for (int i = 0; i < calls; i++) {
        bound_counter->Increment(1);
    }
}

static void counter_three(void *, int calls)
{
    for (int i = 0; i < calls; i++) {
        counters->Add(labels(i)).Increment(1);
    }
}

static void histogram_bound(void *, int calls)
{
    for (int i = 0; i < calls; i++) {
        bound_histogram->Observe(i * 7 % 1000);
    }
}

static void histogram_three(void *, int calls)
{
    for (int i = 0; i < calls; i++) {
        histograms->Add(labels(i), boundaries).Observe(i * 7 % 1000);
    }
}

static void measure(const char *name, void (*loop)(void *, int), int rounds)
{
    work work = {loop, rest_shortly, nullptr};

    print_row(name, &work, rounds);
}

int main(int argc, char **argv)
{
    prometheus::Registry registry;

    if (argc != 3 || std::strcmp(argv[1], "calls") != 0) {
        std::fprintf(stderr, "usage: peer_prometheus calls ROUNDS\n");
        return 2;
    }
    int rounds = static_cast<int>(number_of(argv[2]));
    make_texts(&all_texts);
    counters = &prometheus::BuildCounter().Name("bench_requests").Register(registry);
    histograms = &prometheus::BuildHistogram().Name("bench_duration").Register(registry);
    bound_counter = &counters->Add({{"zone", "north"}});
    bound_histogram = &histograms->Add({{"zone", "north"}}, boundaries);
    measure("counter_bound", counter_bound, rounds);
    measure("counter_3", counter_three, rounds);
    measure("histogram_bound", histogram_bound, rounds);
    measure("histogram_3", histogram_three, rounds);
    std::printf("recorded %d\ndropped 0\n", 4 * CALLS_PER_LOOP * rounds);
    return 0;
}
