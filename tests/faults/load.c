/* SPDX-License-Identifier: Apache-2.0 */
/* The program under load: records from several threads, with the settings of its environment, until
 * the board says that it is enough. */
#include <dirent.h>
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "faults/board.h"
#include "haetae/haetae.h"
#include "haetae/otlp_http.h"
#ifdef FAULTS_GRPC
#include "haetae/otlp_grpc.h"
#endif
#include "support/fake_address.h"

enum { TICK_NS = 1000000, LOOK_NS = 10000000 };

static struct board *board;

/* ---- Names ---------------------------------------------------------------------------------- */

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **ret_addresses);

/* In the place of the system's, for libcurl too: a resolver that fails until the board says so. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **ret_addresses)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    const char *end = name != NULL ? strrchr(name, '.') : NULL;

    if (end != NULL && strcmp(end, ".invalid") == 0) {
        if (!board->resolver_works) {
            board->lookups_failed++;
            return board->lookups_failed % 2 != 0 ? EAI_AGAIN : EAI_NONAME;
        }
        *ret_addresses = fake_address("127.0.0.1", service);
        return 0;
    }
    *(void **)(&real) = dlsym(RTLD_NEXT, "getaddrinfo");
    return real(name, service, hints, ret_addresses);
}

/* ---- Recording ------------------------------------------------------------------------------ */

struct thread {
    pthread_t id;
    int64_t number;
    struct board_thread *board;
    haetae_tracer *tracer;
    haetae_logger *logger;
    haetae_counter *counter;
};

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static unsigned place_of(uint64_t ns)
{
    unsigned power = 63u - (unsigned)__builtin_clzll(ns | 8);
    unsigned place = ns < 8 ? 0 : (power - 3) * 8 + (unsigned)(ns >> (power - 3)) - 8;

    return place < BOARD_TIMES ? place : BOARD_TIMES - 1;
}

static void add(_Atomic uint64_t *count, uint64_t more)
{
    /* Relaxed: this thread is the only writer. */
    atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + more,
                          memory_order_relaxed);
}

/* Notes how long the call took that began at `*since_ns`, and begins the next one. */
static void note_time(struct thread *thread, uint64_t *since_ns)
{
    int phase = atomic_load_explicit(&board->phase, memory_order_relaxed);
    uint64_t now = now_ns();
    uint64_t took = now - *since_ns;

    add(&thread->board->times[phase][place_of(took)], 1);
    if (took > atomic_load_explicit(&thread->board->worst_ns[phase], memory_order_relaxed)) {
        atomic_store_explicit(&thread->board->worst_ns[phase], took, memory_order_relaxed);
    }
    *since_ns = now_ns();
}

/* The order of these stores is the order in which a reader finds them when the process is dead. */
static uint64_t begin_item(struct board_numbers *numbers)
{
    uint64_t number = atomic_load(&numbers->recorded);

    atomic_store(&numbers->begun, number + 1);
    return number;
}

static void end_item(struct board_numbers *numbers)
{
    atomic_store(&numbers->recorded, atomic_load(&numbers->begun));
}

static void record_span(struct thread *thread)
{
    struct board_numbers *numbers = &thread->board->numbers[HAETAE_SIGNAL_TRACES];
    haetae_attribute attributes[] = {HAETAE_ATTR("run", (int64_t)board->run),
                                     HAETAE_ATTR("thread", thread->number),
                                     HAETAE_ATTR("number", (int64_t)begin_item(numbers))};
    uint64_t since = now_ns();
    haetae_span span =
        haetae_span_start(thread->tracer, HAETAE_TEXT("GET /rides/{id}"), HAETAE_SPAN_KIND_SERVER);

    note_time(thread, &since);
    haetae_span_end_with(span, attributes, 3);
    note_time(thread, &since);
    end_item(numbers);
}

static void record_log(struct thread *thread)
{
    struct board_numbers *numbers = &thread->board->numbers[HAETAE_SIGNAL_LOGS];
    haetae_attribute attributes[] = {HAETAE_ATTR("run", (int64_t)board->run),
                                     HAETAE_ATTR("thread", thread->number),
                                     HAETAE_ATTR("number", (int64_t)begin_item(numbers))};
    uint64_t since = now_ns();

    haetae_log(thread->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("the ride was accepted"),
               attributes, 3);
    note_time(thread, &since);
    end_item(numbers);
}

static void measure(struct thread *thread)
{
    struct board_numbers *numbers = &thread->board->numbers[HAETAE_SIGNAL_METRICS];
    haetae_attribute attributes[] = {HAETAE_ATTR("run", (int64_t)board->run),
                                     HAETAE_ATTR("thread", thread->number)};
    uint64_t since = now_ns();

    (void)begin_item(numbers);
    haetae_counter_add(thread->counter, 1, attributes, 2);
    note_time(thread, &since);
    end_item(numbers);
}

/* Records what is due, once in each tick. */
static void *run(void *argument)
{
    static const struct timespec tick = {0, TICK_NS};
    struct thread *thread = argument;
    double rate = (double)board->spans_per_second / board->threads / 1e9;
    uint64_t begin = now_ns();
    uint64_t count = 0;

    while (atomic_load(&board->wish) == BOARD_RECORD) {
        uint64_t due = (uint64_t)((double)(now_ns() - begin) * rate);

        for (; count < due; count++) {
            record_span(thread);
            for (unsigned i = 0; i < board->others_per_span; i++) {
                record_log(thread);
                measure(thread);
            }
        }
        (void)nanosleep(&tick, NULL);
    }
    return NULL;
}

/* ---- The program ---------------------------------------------------------------------------- */

/* Without the one by which they are counted. */
static unsigned count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    const struct dirent *entry;
    unsigned count = 0;

    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        count += entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(directory);
    }
    if (directory != NULL) {
        closedir(directory);
    }
    return count;
}

static void look(haetae_sdk *sdk)
{
    haetae_stats *stats = NULL;

    if (haetae_stats_take(sdk, &stats) != HAETAE_OK) {
        return;
    }
    for (int i = 0; i < HAETAE_SIGNAL_COUNT; i++) {
        haetae_signal signal = (haetae_signal)i;
        struct board_stats *out = &board->stats[i];

        out->recorded = haetae_stats_recorded(stats, signal);
        out->recovered = haetae_stats_recovered(stats, signal);
        out->delivered = haetae_stats_delivered(stats, signal);
        out->held = haetae_stats_held(stats, signal);
        out->spooled = haetae_stats_spooled(stats, signal);
        out->retries = haetae_stats_retries(stats, signal);
        for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
            out->dropped[reason] = haetae_stats_dropped(stats, signal, (haetae_drop_reason)reason);
        }
    }
    board->look++;
    haetae_stats_free(stats);
}

/* Until the test wishes for more than that. */
static void look_while(haetae_sdk *sdk, enum board_wish wish)
{
    static const struct timespec pause = {0, LOOK_NS};

    while (atomic_load(&board->wish) <= (int)wish) {
        look(sdk);
        (void)nanosleep(&pause, NULL);
    }
    look(sdk);
}

static haetae_sdk *start(void)
{
    haetae_sdk *sdk = NULL;

    (void)haetae_otlp_http_register();
#ifdef FAULTS_GRPC
    (void)haetae_otlp_grpc_register();
#endif
    if (haetae_start(NULL, &sdk) != HAETAE_OK) {
        exit(2);
    }
    return sdk;
}

static void record_until_enough(haetae_sdk *sdk)
{
    static struct thread threads[BOARD_THREADS];
    haetae_counter *counter =
        haetae_counter_named(haetae_meter_named(sdk, "load"), "rides", "{ride}");

    for (unsigned i = 0; i < board->threads; i++) {
        threads[i] = (struct thread){.number = i,
                                     .board = &board->of[i],
                                     .tracer = haetae_tracer_named(sdk, "load"),
                                     .logger = haetae_logger_named(sdk, "load"),
                                     .counter = counter};
        if (pthread_create(&threads[i].id, NULL, run, &threads[i]) != 0) {
            exit(3);
        }
    }
    board->state = BOARD_STARTED;
    look_while(sdk, BOARD_RECORD);
    for (unsigned i = 0; i < board->threads; i++) {
        (void)pthread_join(threads[i].id, NULL);
    }
    look(sdk);
}

int main(void)
{
    haetae_sdk *sdk;

    board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, BOARD_DESCRIPTOR, 0);
    if (board == MAP_FAILED) {
        return 4;
    }
    (void)close(BOARD_DESCRIPTOR);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* it ends with its test */
    (void)signal(SIGXFSZ, SIG_IGN);         /* a limit of files is one way to a full disk */
    board->descriptors_before = count_descriptors();
    sdk = start();
    record_until_enough(sdk);
    board->state = BOARD_RESTED;
    look_while(sdk, BOARD_REST);
    board->shutdown_status = haetae_sdk_shutdown(sdk, board->shutdown_ms);
    look(sdk);
    haetae_sdk_free(sdk);
    board->descriptors_after = count_descriptors();
    board->state = BOARD_DONE;
    return 0;
}
