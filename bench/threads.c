/* SPDX-License-Identifier: Apache-2.0 */
/* Measures what a span costs in a process of many threads, each of which records now and then.
 * It reports; it does not fail when a call is slow. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "percentiles.h"
#include "setup.h"

/* So few threads keep a lane each. */
enum { FEW_THREADS = 16 };

enum { STACK_BYTES = 64 * 1024, SECOND_NS = 1000000000 };

/* What each thread does now and then, timed. */
struct workload {
    const char *name;
    void (*call)(haetae_tracer *tracer);
};

static void record_span(haetae_tracer *tracer)
{
    haetae_span_end(
        haetae_span_start(tracer, HAETAE_TEXT("GET /rides/{id}"), HAETAE_SPAN_KIND_SERVER));
}

/* As long as a span, in registers alone: how often a call of this length is interrupted, and how
 * slow the first instructions after a sleep are, whatever they do. */
static void compute(haetae_tracer *tracer)
{
    uint64_t value = (uint64_t)(uintptr_t)tracer;

    for (int i = 0; i < 60; i++) {
        value = value * UINT64_C(0x9E3779B97F4A7C15) + 1;
        keep(value);
    }
}

static const struct workload span = {"span start+end", record_span};
static const struct workload arithmetic = {"arithmetic, for comparison", compute};

struct crew {
    const struct workload *workload;
    int64_t period_ns; /* from one call of a thread to its next */
    haetae_tracer *tracer;
    struct timespec start;
    int thread_count;
    int call_count; /* of each thread */
};

struct member {
    pthread_t thread;
    const struct crew *crew;
    int number;
    uint32_t *took_ns; /* of each call */
};

static void sleep_until(struct timespec time)
{
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR) {
    }
}

static struct timespec later(struct timespec time, int64_t by_ns)
{
    int64_t ns = time.tv_nsec + by_ns;

    time.tv_sec += (time_t)(ns / SECOND_NS);
    time.tv_nsec = (long)(ns % SECOND_NS);
    return time;
}

static void *record_now_and_then(void *argument)
{
    struct member *member = argument;
    const struct crew *crew = member->crew;
    /* Each thread has its own moment, so that not all of them wake at once. */
    struct timespec next =
        later(crew->start, member->number * (crew->period_ns / crew->thread_count));

    /* The first call finds out what the thread has, and does not count. */
    for (int call = -1; call < crew->call_count; call++) {
        double start;
        double took;

        sleep_until(next);
        start = now_ns(CLOCK_MONOTONIC);
        crew->workload->call(crew->tracer);
        took = now_ns(CLOCK_MONOTONIC) - start;
        if (call >= 0) {
            member->took_ns[call] = took < UINT32_MAX ? (uint32_t)took : UINT32_MAX;
        }
        next = later(next, crew->period_ns);
    }
    return NULL;
}

static void print_row(int thread_count, const struct workload *workload, uint32_t *took_ns,
                      size_t count)
{
    sort_times(took_ns, count);
    printf("| %7d | %-26s | %8.2f | %8.2f | %8.2f | %8.2f |\n", thread_count, workload->name,
           percentile_us(took_ns, count, 0.5), percentile_us(took_ns, count, 0.99),
           percentile_us(took_ns, count, 0.999), percentile_us(took_ns, count, 1));
    fflush(stdout);
}

/* Runs the threads; those that the system does not allow are missing. */
static void measure(struct crew *crew)
{
    struct member *members = calloc((size_t)crew->thread_count, sizeof *members);
    size_t each = (size_t)crew->call_count;
    uint32_t *took_ns = calloc((size_t)crew->thread_count * each, sizeof *took_ns);
    pthread_attr_t attributes;
    int made = 0;

    if (members == NULL || took_ns == NULL || pthread_attr_init(&attributes) != 0) {
        fprintf(stderr, "bench: no memory\n");
        exit(2);
    }
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    clock_gettime(CLOCK_MONOTONIC, &crew->start);
    crew->start.tv_sec += 1 + crew->thread_count / 5000;
    for (; made < crew->thread_count; made++) {
        members[made] =
            (struct member){.crew = crew, .number = made, .took_ns = took_ns + (size_t)made * each};
        if (pthread_create(&members[made].thread, &attributes, record_now_and_then,
                           &members[made]) != 0) {
            fprintf(stderr, "bench: only %d threads\n", made);
            break;
        }
    }
    for (int i = 0; i < made; i++) {
        pthread_join(members[i].thread, NULL);
    }
    print_row(made, crew->workload, took_ns, (size_t)made * each);
    pthread_attr_destroy(&attributes);
    free(took_ns);
    free(members);
}

/* `thread_count` threads in an SDK with the default settings, with as many calls together as
 * `call_rate` a second. */
static void run(const struct workload *workload, int thread_count, int call_rate, int seconds)
{
    haetae_sdk *sdk = start_sdk("HAETAE_WORKER", "thread", NULL);
    struct crew crew = {.workload = workload,
                        .period_ns = (int64_t)SECOND_NS * thread_count / call_rate,
                        .tracer = haetae_tracer_named(sdk, "bench"),
                        .thread_count = thread_count,
                        .call_count = (int)((int64_t)seconds * call_rate / thread_count)};

    measure(&crew);
    flush_sdk(sdk);
    check_nothing_dropped(sdk);
    haetae_sdk_free(sdk);
}

static const char usage[] = "usage: %s [--seconds N] [--threads N] [--quick]\n";

int main(int argc, char **argv)
{
    int counts[] = {2000, 10000};
    size_t count = sizeof counts / sizeof counts[0];
    int seconds = 10;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) {
            seconds = 2;
        } else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) {
            seconds = atoi(argv[++i]);
        } else if (strcmp(argv[i], "--threads") == 0 && i + 1 < argc) {
            counts[0] = atoi(argv[++i]);
            count = 1;
        } else {
            fprintf(stderr, usage, argv[0]);
            return 2;
        }
    }
    if (seconds <= 0 || counts[0] < FEW_THREADS) {
        fprintf(stderr, usage, argv[0]);
        return 2;
    }
    printf(
        "| threads | what                       |  p50, us |  p99, us | p99.9, us|  max, us |\n");
    printf(
        "|--------:|----------------------------|---------:|---------:|---------:|---------:|\n");
    for (size_t i = 0; i < count; i++) {
        run(&span, counts[i], counts[i], seconds);
        run(&span, FEW_THREADS, counts[i], seconds);
        run(&arithmetic, counts[i], counts[i], seconds);
    }
    return 0;
}
