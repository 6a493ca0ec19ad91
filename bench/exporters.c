/* SPDX-License-Identifier: Apache-2.0 */
/* What each exporter costs by each compression: CPU time in the worker and the exporter's own
 * threads, bytes on the wire, or in the file, and items of a request. See README.md. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "exporter_table.h"
#include "haetae/console.h"
#include "haetae/memory.h"
#include "haetae/otlp_file.h"
#include "haetae/otlp_grpc.h"
#include "haetae/otlp_http.h"
#include "receiver.h"
#include "setup.h"
#include "workload.h"

/* So many items are recorded, then flushed. The worker fetches them meanwhile, as it does in a
 * service. */
enum {
    ITEMS = 7680,
    BURST = 256,
    BURST_PAUSE_NS = 500000,
    FLUSH_MS = 30000,
    MEMORY_BYTES = 64 << 20
};

enum kind { NOWHERE, MEMORY, CONSOLE, FILES, HTTP, GRPC };

static const struct exporter_kind {
    const char *name;
    enum kind kind;
    const char *compressions[4];
} kinds[] = {
    {"nowhere", NOWHERE, {"none"}},
    {"memory", MEMORY, {"none"}},
    {"console", CONSOLE, {"none"}},
    {"otlp_file", FILES, {"none"}},
    {"http/protobuf", HTTP, {"none", "gzip", "zstd"}},
    {"http/json", HTTP, {"none", "gzip", "zstd"}},
    {"grpc", GRPC, {"none", "gzip"}},
};

/* What one run works on. */
struct run {
    const struct exporter_kind *kind;
    haetae_signal signal;
    const struct receiver *receiver;
    haetae_sdk *sdk;
    haetae_tracer *tracer;
    haetae_logger *logger;
    haetae_counter *counter;
    haetae_memory *memory;
    FILE *console;
    char folder[32]; /* of files */
    char file[64];
};

/* ---- Exporters ---------------------------------------------------------------------- */

static void send_nowhere(void *self, haetae_delivery *delivery)
{
    haetae_result result = HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_OK);

    (void)self;
    haetae_delivery_complete(delivery, &result);
}

static void make_folder(struct run *run)
{
    snprintf(run->folder, sizeof run->folder, "/tmp/haetae-bench-XXXXXX");
    if (mkdtemp(run->folder) == NULL) {
        perror("bench: a folder for files");
        exit(2);
    }
    snprintf(run->file, sizeof run->file, "%s/out.%s.jsonl", run->folder,
             haetae_signal_name(run->signal));
}

static haetae_exporter *make_exporter(struct run *run, haetae_config *config)
{
    haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "nowhere", .send = send_nowhere);
    haetae_exporter *exporter = NULL;
    haetae_status status = HAETAE_OK;

    switch (run->kind->kind) {
    case NOWHERE:
        status = haetae_exporter_new(&ops, NULL, &exporter);
        break;
    case MEMORY:
        must(haetae_memory_new(MEMORY_BYTES, &run->memory), "memory");
        status = haetae_memory_exporter_new(run->memory, &exporter);
        break;
    case CONSOLE:
        make_folder(run);
        run->console = fopen(run->file, "w");
        status = haetae_console_new(run->console, &exporter);
        break;
    case FILES:
        make_folder(run);
        must(haetae_config_set(config, "HAETAE_OTLP_FILE_TRACES_OUTPUT", run->file), "file");
        must(haetae_config_set(config, "HAETAE_OTLP_FILE_METRICS_OUTPUT", run->file), "file");
        must(haetae_config_set(config, "HAETAE_OTLP_FILE_LOGS_OUTPUT", run->file), "file");
        must(haetae_config_set(config, "HAETAE_OTLP_FILE_MAX_BYTES", "0"), "file");
        status = haetae_otlp_file_new(config, &exporter);
        break;
    case HTTP:
        status = haetae_otlp_http_new(config, &exporter);
        break;
    case GRPC:
        status = haetae_otlp_grpc_new(config, &exporter);
        break;
    }
    if (status != HAETAE_OK) {
        fprintf(stderr, "bench: %s: %s\n", run->kind->name, haetae_config_error(config));
        exit(2);
    }
    return exporter;
}

static void set_destination(const struct run *run, const char *compression, haetae_config *config)
{
    char endpoint[64];

    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u", run->receiver->port);
    must(haetae_config_set(config, "OTEL_SERVICE_NAME", "dispatch"), "name");
    /* A ring that takes all of it, so that nothing is dropped on a machine with much other work. */
    must(haetae_config_set(config, "HAETAE_LANE_COUNT", "4"), "lanes");
    must(haetae_config_set(config, "OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), "endpoint");
    must(haetae_config_set(config, "OTEL_EXPORTER_OTLP_COMPRESSION", compression), "compression");
    if (run->kind->kind == HTTP || run->kind->kind == GRPC) {
        must(haetae_config_set(config, "OTEL_EXPORTER_OTLP_PROTOCOL", run->kind->name), "protocol");
    }
}

static void start(struct run *run, const char *compression)
{
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of("rides"),
                       .unit = haetae_string_of("{ride}"));
    haetae_config *config = NULL;

    must(haetae_config_new(&config), "configuration");
    set_destination(run, compression, config);
    must(haetae_config_add_exporter(config, make_exporter(run, config)), "exporter");
    must(haetae_sdk_start(config, &run->sdk), "start");
    haetae_config_free(config);
    run->tracer = haetae_tracer_named(run->sdk, "bench");
    run->logger = haetae_logger_named(run->sdk, "bench");
    must(haetae_counter_create(haetae_meter_named(run->sdk, "bench"), &options, &run->counter),
         "counter");
}

static void stop(struct run *run)
{
    check_nothing_dropped(run->sdk);
    must(haetae_sdk_shutdown(run->sdk, FLUSH_MS), "shutdown");
    haetae_sdk_free(run->sdk);
    haetae_memory_free(run->memory);
    if (run->console != NULL) {
        fclose(run->console);
    }
    if (run->folder[0] != '\0') {
        unlink(run->file);
        rmdir(run->folder);
    }
}

/* ---- Measuring ------------------------------------------------------------------------ */

static unsigned items_of(haetae_signal signal)
{
    return signal == HAETAE_SIGNAL_METRICS ? WORKLOAD_SERIES : ITEMS;
}

static void record_all(const struct run *run)
{
    for (unsigned i = 0; i < items_of(run->signal); i++) {
        if (run->signal == HAETAE_SIGNAL_TRACES) {
            workload_span(run->tracer);
        } else if (run->signal == HAETAE_SIGNAL_LOGS) {
            workload_log(run->logger);
        } else {
            workload_add(run->counter, i);
        }
        if (i % BURST == BURST - 1) {
            nanosleep(&(struct timespec){0, BURST_PAUSE_NS}, NULL);
        }
    }
    flush_sdk(run->sdk);
    if (run->memory != NULL) {
        haetae_memory_reset(run->memory);
    }
}

static double clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* CPU time of all threads but this one, which records. */
static double others_ns(void)
{
    return clock_ns(CLOCK_PROCESS_CPUTIME_ID) - clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

struct traffic {
    uint64_t bytes, requests;
};

static struct traffic traffic_of(const struct run *run)
{
    struct traffic traffic = {0, 0};
    FILE *file;

    if (run->kind->kind == HTTP || run->kind->kind == GRPC) {
        traffic.bytes = atomic_load_explicit(&run->receiver->counts->bytes, memory_order_relaxed);
        traffic.requests =
            atomic_load_explicit(&run->receiver->counts->requests, memory_order_relaxed);
        return traffic;
    }
    if (run->folder[0] == '\0' || (file = fopen(run->file, "r")) == NULL) {
        return traffic;
    }
    for (int c; (c = getc(file)) != EOF; traffic.bytes++) {
        traffic.requests += c == '\n' && run->kind->kind == FILES;
    }
    fclose(file);
    return traffic;
}

static struct exporter_figures measure(struct run *run, const char *compression, unsigned rounds)
{
    struct exporter_figures figures = {0};
    struct traffic before, after;
    double items = (double)rounds * items_of(run->signal);
    double cpu_ns = 0;

    start(run, compression);
    record_all(run); /* what is made once, such as a connection, does not count */
    before = traffic_of(run);
    for (unsigned i = 0; i < rounds; i++) {
        double begin_ns = others_ns();

        record_all(run);
        cpu_ns += others_ns() - begin_ns;
    }
    after = traffic_of(run);
    stop(run);
    figures.cpu_ns = cpu_ns / items;
    figures.bytes = (double)(after.bytes - before.bytes) / items;
    if (after.requests != before.requests) {
        figures.items_per_request = items / (double)(after.requests - before.requests);
    }
    return figures;
}

/* The least CPU time of several runs; traffic does not vary. */
static void measure_row(const struct exporter_kind *kind, unsigned number,
                        const struct receiver *receiver, bool quick, struct exporter_row *row)
{
    unsigned runs = quick ? 1 : 5, rounds = quick ? 2 : 4;

    *row = (struct exporter_row){.exporter = kind->name, .compression = kind->compressions[number]};
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        for (unsigned i = 0; i < runs; i++) {
            struct run run = {.kind = kind, .signal = (haetae_signal)signal, .receiver = receiver};
            struct exporter_figures figures = measure(&run, row->compression, rounds);

            if (i == 0 || figures.cpu_ns < row->signals[signal].cpu_ns) {
                row->signals[signal] = figures;
            }
        }
    }
}

static bool is_built(const char *compression)
{
#ifdef BENCH_ZSTD
    (void)compression;
    return true;
#else
    return strcmp(compression, "zstd") != 0;
#endif
}

static size_t measure_all(const struct receiver *receiver, bool quick, struct exporter_row *rows)
{
    size_t count = 0;

    exporter_table_begin(stdout);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        for (unsigned j = 0; j < 4 && kinds[i].compressions[j] != NULL; j++) {
            if (is_built(kinds[i].compressions[j])) {
                measure_row(&kinds[i], j, receiver, quick, &rows[count]);
                exporter_table_row(stdout, &rows[count++]);
            }
        }
    }
    return count;
}

int main(int argc, char **argv)
{
    static const struct option known[] = {{"quick", no_argument, NULL, 'q'},
                                          {"write", required_argument, NULL, 'w'},
                                          {"check", required_argument, NULL, 'c'},
                                          {NULL, 0, NULL, 0}};
    struct exporter_row rows[EXPORTER_ROWS_MAX];
    const char *write = NULL, *check = NULL;
    struct receiver receiver;
    bool quick = false;
    size_t count;
    int code;

    while ((code = getopt_long(argc, argv, "", known, NULL)) != -1) {
        quick |= code == 'q';
        write = code == 'w' ? optarg : write;
        check = code == 'c' ? optarg : check;
        if (code == '?') {
            fprintf(stderr, "usage: bench_exporters [--quick] [--write FILE] [--check FILE]\n");
            return 2;
        }
    }
    if (receiver_start(&receiver) != 0) {
        return 2;
    }
    count = measure_all(&receiver, quick, rows);
    receiver_stop(&receiver);
    if (write != NULL && !exporter_table_write(write, rows, count)) {
        return 2;
    }
    return check == NULL || exporter_table_check(check, rows, count) ? 0 : 1;
}
