/* SPDX-License-Identifier: Apache-2.0 */
/* A service that does jobs, and shows what an autoscaler needs to know about it: how many jobs are
 * under way, how many wait, how long the oldest one has waited, and how busy the workers are.
 * http://localhost:9464/metrics has these metrics; docs/autoscaling.md says how Kubernetes gets
 * them. Each line of the input is a number of jobs to do; the service ends with its input.
 *
 * Synchronous instruments count what happens, as it happens. One callback observes what the service
 * knows at any time, whenever the metrics are collected. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <haetae/haetae.h>
#include <haetae/prometheus.h>

enum { WORKERS = 4, QUEUE_MAX = 100, JOB_MS = 500 };

static struct {
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    double since[QUEUE_MAX]; /* when each waiting job came: a ring, the oldest at `first` */
    size_t first, waiting;
    size_t busy; /* workers */
    bool ending;
    long job_ms;
} service = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* ---- Metrics ---- */

static struct {
    haetae_up_down_counter *active;
    haetae_counter *finished;
    haetae_counter *rejected;
    haetae_observable *queued;
    haetae_observable *age;
    haetae_observable *utilization;
} metrics;

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Each collection calls this once, in a thread of the SDK. It reads everything at the same moment,
 * and releases the lock before it observes, so that the service does not wait for it. */
static void observe(void *user, haetae_observer *observer)
{
    size_t waiting, busy;
    double age;

    (void)user;
    pthread_mutex_lock(&service.lock);
    waiting = service.waiting;
    busy = service.busy;
    age = waiting != 0 ? seconds_now() - service.since[service.first] : 0;
    pthread_mutex_unlock(&service.lock);
    haetae_observe_int64(observer, metrics.queued, (int64_t)waiting, NULL, 0);
    haetae_observe_double(observer, metrics.age, age, NULL, 0);
    haetae_observe_double(observer, metrics.utilization, (double)busy / WORKERS, NULL, 0);
}

static haetae_status make_metrics(haetae_sdk *sdk)
{
    haetae_meter *meter = haetae_meter_named(sdk, "example.jobs");

    metrics.active = haetae_up_down_counter_named(meter, "jobs.active", "{job}");
    metrics.finished = haetae_counter_named(meter, "jobs.finished", "{job}");
    metrics.rejected = haetae_counter_named(meter, "jobs.rejected", "{job}");
    metrics.queued = haetae_observable_up_down_counter_named(meter, "jobs.queued", "{job}");
    metrics.age = haetae_observable_gauge_named(meter, "jobs.queue.age", "s");
    metrics.utilization = haetae_observable_gauge_named(meter, "workers.utilization", "1");
    /* A series exists from its first measurement on, and an autoscaler needs to see a zero. */
    haetae_up_down_counter_add(metrics.active, 0, NULL, 0);
    haetae_counter_add(metrics.finished, 0, NULL, 0);
    haetae_counter_add(metrics.rejected, 0, NULL, 0);
    return haetae_callback_register(
        (haetae_observable *const[]){metrics.queued, metrics.age, metrics.utilization}, 3, observe,
        NULL, NULL);
}

/* ---- Jobs ---- */

/* Waits as long as a job takes, or until the service ends. The caller holds the lock. */
static void do_job(void)
{
    struct timespec end;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += service.job_ms / 1000;
    end.tv_nsec += service.job_ms % 1000 * 1000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    while (!service.ending &&
           pthread_cond_timedwait(&service.changed, &service.lock, &end) != ETIMEDOUT) {
    }
}

static void *work(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&service.lock);
    while (!service.ending) {
        if (service.waiting == 0) {
            pthread_cond_wait(&service.changed, &service.lock);
            continue;
        }
        service.first = (service.first + 1) % QUEUE_MAX;
        service.waiting--;
        service.busy++;
        haetae_up_down_counter_add(metrics.active, 1, NULL, 0);
        do_job();
        service.busy--;
        haetae_up_down_counter_add(metrics.active, -1, NULL, 0);
        haetae_counter_add(metrics.finished, 1, NULL, 0);
    }
    pthread_mutex_unlock(&service.lock);
    return NULL;
}

static void add_jobs(long count)
{
    pthread_mutex_lock(&service.lock);
    for (; count > 0; count--) {
        if (service.waiting == QUEUE_MAX) {
            haetae_counter_add(metrics.rejected, 1, NULL, 0);
        } else {
            service.since[(service.first + service.waiting++) % QUEUE_MAX] = seconds_now();
        }
    }
    pthread_cond_broadcast(&service.changed);
    pthread_mutex_unlock(&service.lock);
}

/* ---- The program ---- */

/* Metrics are scraped; nothing else is exported, unless the environment says otherwise. */
static haetae_sdk *start(void)
{
    haetae_config *config = NULL;
    haetae_sdk *sdk = NULL;

    if (haetae_prometheus_register() == HAETAE_OK && haetae_config_new(&config) == HAETAE_OK) {
        haetae_config_set_default(config, "OTEL_SERVICE_NAME", "jobs");
        haetae_config_set_default(config, "OTEL_METRICS_EXPORTER", "prometheus");
        haetae_config_set_default(config, "OTEL_TRACES_EXPORTER", "none");
        haetae_config_set_default(config, "OTEL_LOGS_EXPORTER", "none");
        /* Each metric has one series. */
        haetae_config_set_default(config, "HAETAE_METRICS_CARDINALITY_LIMIT", "10");
        if (haetae_config_load_env(config) != HAETAE_OK ||
            haetae_start(config, &sdk) != HAETAE_OK) {
            fprintf(stderr, "%s\n", haetae_config_error(config));
        }
    }
    haetae_config_free(config);
    return sdk;
}

int main(int argc, char **argv)
{
    pthread_t workers[WORKERS];
    haetae_sdk *sdk = start();
    size_t started = 0;
    char line[32];

    if (sdk == NULL || make_metrics(sdk) != HAETAE_OK) {
        return EXIT_FAILURE;
    }
    service.job_ms = argc > 1 ? strtol(argv[1], NULL, 10) : JOB_MS;
    while (started < WORKERS && pthread_create(&workers[started], NULL, work, NULL) == 0) {
        started++;
    }
    printf("http://localhost:%u/metrics\n", (unsigned)haetae_prometheus_port(NULL));
    fflush(stdout);
    while (started == WORKERS && fgets(line, sizeof line, stdin) != NULL) {
        add_jobs(strtol(line, NULL, 10));
    }
    pthread_mutex_lock(&service.lock);
    service.ending = true;
    pthread_cond_broadcast(&service.changed);
    pthread_mutex_unlock(&service.lock);
    for (size_t i = 0; i < started; i++) {
        pthread_join(workers[i], NULL);
    }
    haetae_sdk_shutdown(sdk, 5000);
    haetae_sdk_free(sdk);
    return started == WORKERS ? EXIT_SUCCESS : EXIT_FAILURE;
}
