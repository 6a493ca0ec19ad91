/* SPDX-License-Identifier: Apache-2.0 */
/* dispatch-load: sends the requests of a city to the dispatch service, over real HTTP.
 *
 *   dispatch-load --url URL --maps URL [--seconds S] [--rate R] [--threads N]
 *
 * Four phases: calm at R requests a second, a surge at ten times that, an outage
 * of the map service, recovery. Threads take requests from a common timetable.
 * When the service is slower than the timetable, requests are late, not lost.
 * Prints a line for each phase and one for all:
 *   load: requests=1234 status_200=… status_201=… … failed=0 */
#include <curl/curl.h>
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STATUS_MAX  600
#define THREADS_MAX 256
#define CITY_METRES 10000u

struct options {
    const char *url;
    const char *maps_url;
    double seconds;
    double rate;
    int threads;
};

struct phase {
    const char *name;
    double share; /* of the whole time */
    double pace;  /* times the calm rate */
    bool outage;
};

struct load {
    const struct options *options;
    double start_s; /* of this phase */
    double end_s;
    double rate;
    atomic_uint_fast64_t next; /* request of this phase's timetable */
    atomic_uint_fast64_t last_ride;
    /* Index 0: no answer. */
    atomic_uint_fast64_t by_status[STATUS_MAX];
};

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void sleep_until(double when_s)
{
    struct timespec when = {(time_t)when_s, (long)((when_s - (double)(time_t)when_s) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) != 0) {
    }
}

/* A pseudo-random number that depends on `seed` alone (splitmix64), so that
 * each run sends the same requests. */
static uint64_t scramble(uint64_t seed)
{
    uint64_t z = seed + 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* ---- One request ------------------------------------------------------------ */

struct body {
    char data[256];
    size_t size;
};

static size_t take_body(char *data, size_t size, size_t count, void *user)
{
    struct body *body = user;
    size_t room = sizeof body->data - 1 - body->size;
    size_t length = size * count < room ? size * count : room;
    memcpy(body->data + body->size, data, length);
    body->size += length;
    body->data[body->size] = '\0';
    return size * count;
}

/* Returns the status, or 0 when no answer came. */
static long request(CURL *handle, const char *method, const char *url, struct curl_slist *headers,
                    struct body *body)
{
    curl_easy_reset(handle);
    curl_easy_setopt(handle, CURLOPT_URL, url);
    if (strcmp(method, "POST") == 0) {
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, "");
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, 0L);
    }
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, 10000L);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "dispatch-load");
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, body);
    long status = 0;
    if (curl_easy_perform(handle) == CURLE_OK) {
        curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    }
    return status > 0 && status < STATUS_MAX ? status : 0;
}

/* Of ten requests seven ask for a ride, two read a ride, and one does something else. */
static const char *choose(struct load *load, uint64_t chance, char *url, size_t capacity)
{
    const char *base = load->options->url;
    unsigned x = (unsigned)(chance >> 16) % CITY_METRES;
    unsigned y = (unsigned)(chance >> 32) % CITY_METRES;
    switch (chance % 20) {
    case 0:
        snprintf(url, capacity, "%s/healthz", base);
        return "GET";
    case 1:
        snprintf(url, capacity, "%s/%s", base, chance & 32 ? "rides/0" : "favicon.ico");
        return "GET";
    case 2:
    case 3:
    case 4:
    case 5:
        snprintf(url, capacity, "%s/rides/%" PRIuFAST64, base, atomic_load(&load->last_ride));
        return "GET";
    default:
        snprintf(url, capacity, "%s/rides?x=%u&y=%u", base, x, y);
        return "POST";
    }
}

static void do_request(struct load *load, CURL *handle, uint64_t chance)
{
    char url[256];
    struct body body = {.size = 0};
    const char *method = choose(load, chance, url, sizeof url);
    struct curl_slist *headers = NULL;
    if (chance % 10 == 7) { /* some callers have a trace of their own */
        char line[96];
        snprintf(line, sizeof line,
                 "traceparent: 00-%016" PRIx64 "%016" PRIx64 "-%016" PRIx64 "-01", scramble(chance),
                 scramble(~chance), scramble(chance + 1) | 1);
        headers = curl_slist_append(NULL, line);
    }
    long status = request(handle, method, url, headers, &body);
    curl_slist_free_all(headers);
    atomic_fetch_add(&load->by_status[status], 1);
    uint64_t ride = 0;
    if (status == 201 && sscanf(body.data, "{\"id\":%" SCNu64, &ride) == 1) {
        atomic_store(&load->last_ride, ride);
    }
}

/* ---- Phases ----------------------------------------------------------------- */

static void *run_thread(void *user)
{
    struct load *load = user;
    CURL *handle = curl_easy_init();
    while (handle != NULL) {
        uint64_t number = atomic_fetch_add(&load->next, 1);
        double due_s = load->start_s + (double)number / load->rate;
        if (due_s >= load->end_s || now_s() >= load->end_s) {
            break;
        }
        sleep_until(due_s);
        do_request(load, handle, scramble(number ^ (uint64_t)(load->rate * 1000) << 32));
    }
    curl_easy_cleanup(handle);
    return NULL;
}

static uint64_t count_all(struct load *load)
{
    uint64_t count = 0;
    for (size_t i = 0; i < STATUS_MAX; i++) {
        count += atomic_load(&load->by_status[i]);
    }
    return count;
}

static bool switch_outage(const struct options *options, bool on)
{
    char url[256];
    struct body body = {.size = 0};
    snprintf(url, sizeof url, "%s/outage?on=%d", options->maps_url, on ? 1 : 0);
    CURL *handle = curl_easy_init();
    long status = handle != NULL ? request(handle, "POST", url, NULL, &body) : 0;
    curl_easy_cleanup(handle);
    if (status != 200) {
        fprintf(stderr, "dispatch-load: %s: status %ld\n", url, status);
    }
    return status == 200;
}

static void run_phase(struct load *load, const struct phase *phase)
{
    const struct options *options = load->options;
    uint64_t before = count_all(load);
    pthread_t threads[THREADS_MAX];
    int started = 0;
    atomic_store(&load->next, 0);
    load->rate = options->rate * phase->pace;
    load->start_s = now_s();
    load->end_s = load->start_s + options->seconds * phase->share;
    while (started < options->threads &&
           pthread_create(&threads[started], NULL, run_thread, load) == 0) {
        started++;
    }
    for (int i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    uint64_t done = count_all(load) - before;
    double took_s = now_s() - load->start_s;
    printf("load: %-8s %6" PRIu64 " requests in %.1f s, %.0f/s\n", phase->name, done, took_s,
           (double)done / took_s);
    fflush(stdout);
}

static void print_result(struct load *load)
{
    printf("load: requests=%" PRIu64, count_all(load));
    for (size_t i = 1; i < STATUS_MAX; i++) {
        uint64_t count = atomic_load(&load->by_status[i]);
        if (count > 0) {
            printf(" status_%zu=%" PRIu64, i, count);
        }
    }
    printf(" failed=%" PRIuFAST64 "\n", atomic_load(&load->by_status[0]));
}

/* ---- Options ---------------------------------------------------------------- */

static bool parse(int argc, char **argv, struct options *options)
{
    static const struct option known[] = {
        {"url", required_argument, NULL, 'u'},     {"maps", required_argument, NULL, 'm'},
        {"seconds", required_argument, NULL, 's'}, {"rate", required_argument, NULL, 'r'},
        {"threads", required_argument, NULL, 't'}, {NULL, 0, NULL, 0},
    };
    for (int c = 0; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (c) {
        case 'u':
            options->url = optarg;
            break;
        case 'm':
            options->maps_url = optarg;
            break;
        case 's':
            options->seconds = atof(optarg);
            break;
        case 'r':
            options->rate = atof(optarg);
            break;
        case 't':
            options->threads = atoi(optarg);
            break;
        default:
            return false;
        }
    }
    return optind == argc && options->url != NULL && options->maps_url != NULL &&
           options->seconds > 0 && options->rate > 0 && options->threads > 0 &&
           options->threads <= THREADS_MAX;
}

int main(int argc, char **argv)
{
    static const struct phase phases[] = {
        {"calm", 0.25, 1, false},
        {"surge", 0.3, 10, false},
        {"outage", 0.25, 2, true},
        {"recovery", 0.2, 1, false},
    };
    struct options options = {.seconds = 15, .rate = 60, .threads = 32};
    if (!parse(argc, argv, &options)) {
        fprintf(stderr,
                "usage: dispatch-load --url URL --maps URL [--seconds S] [--rate R] "
                "[--threads 1..%d]\n",
                THREADS_MAX);
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    struct load load = {.options = &options};
    bool ok = true;
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
        ok = (!phases[i].outage || switch_outage(&options, true)) && ok;
        run_phase(&load, &phases[i]);
        ok = (!phases[i].outage || switch_outage(&options, false)) && ok;
    }
    print_result(&load);
    curl_global_cleanup();
    return ok ? 0 : 1;
}
