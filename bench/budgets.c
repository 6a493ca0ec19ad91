/* SPDX-License-Identifier: Apache-2.0 */
/* Measures what recording costs, against a floor measured in the same run, and says
 * which budgets hold. It reports; it does not fail when one does not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rows.h"

enum { ROUNDS = 4000, ROUNDS_QUICK = 100, ROWS_MAX = 32 };

/* The worker's share: drain and batch of one span of about 200 bytes. */
#define DRAIN_BUDGET 0.8

struct result {
    const char *name;
    const char *text;
    double budget;
    double ns;
    double cycles;
    double cpu_1_ns; /* on one thread, by its own CPU time */
    double cpu_2_ns; /* on two                             */
};

/* Where the recorder's memory is a file; NULL: nowhere. */
static const char *recorder_dir;

static void send_nowhere(void *self, haetae_delivery *delivery)
{
    haetae_result result = {.struct_size = sizeof result, .verdict = HAETAE_VERDICT_OK};

    (void)self;
    haetae_delivery_complete(delivery, &result);
}

static void must(haetae_status status, const char *what)
{
    if (status != HAETAE_OK) {
        fprintf(stderr, "bench: %s: %s\n", what, haetae_status_text(status));
        exit(2);
    }
}

static haetae_sdk *start(const char *key, const char *value)
{
    haetae_exporter_ops ops = {.struct_size = sizeof ops, .name = "nowhere", .send = send_nowhere};
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;
    haetae_sdk *sdk = NULL;

    must(haetae_config_new(&config), "configuration");
    must(haetae_config_set(config, key, value), key);
    must(haetae_config_set(config, "HAETAE_RECORDER_DIR", recorder_dir), "recorder directory");
    if (strcmp(value, "always_off") == 0) {
        must(haetae_config_set(config, "HAETAE_LOGS_MIN_SEVERITY", "warn"), "severity");
    }
    must(haetae_exporter_new(&ops, NULL, &exporter), "exporter");
    must(haetae_config_add_exporter(config, exporter), "exporter");
    must(haetae_sdk_start(config, &sdk), "start");
    haetae_config_free(config);
    return sdk;
}

static void flush(void *user)
{
    must(haetae_sdk_force_flush(user, 10000), "flush");
}

static void check_nothing_dropped(haetae_sdk *sdk)
{
    haetae_stats *stats = NULL;
    uint64_t dropped = 0;

    must(haetae_stats_take(sdk, &stats), "statistics");
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        dropped += haetae_stats_dropped_total(stats, (haetae_signal)signal);
    }
    haetae_stats_free(stats);
    if (dropped != 0) {
        fprintf(stderr, "bench: %llu items were dropped: the figures mean nothing\n",
                (unsigned long long)dropped);
        exit(2);
    }
}

/* ---- The rows --------------------------------------------------------------------- */

static bool clock_is_counter(void)
{
    char name[32] = "";
    FILE *file = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "r");

    if (file != NULL) {
        if (fgets(name, sizeof name, file) == NULL) {
            name[0] = '\0';
        }
        fclose(file);
    }
    return strncmp(name, "tsc", 3) == 0;
}

static struct result measure_row(const struct row *row, haetae_sdk *sdk, int rounds)
{
    struct work work = {row->loop, flush, sdk};
    struct result result = {row->name, row->text, row->budget, 0, 0, 0, 0};

    result.ns = measure_ns(&work, CLOCK_MONOTONIC, rounds);
    result.cycles = measure_cycles(&work, rounds / 4 + 1);
    result.cpu_1_ns = measure_cpu_ns(&work, 1, rounds / 4 + 1);
    result.cpu_2_ns = measure_cpu_ns(&work, 2, rounds / 4 + 1);
    return result;
}

static double cpu_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* CPU time of a manual worker, from the rings to the request, for one span. What a
 * flush costs with nothing recorded is taken off. */
static struct result measure_drain(int rounds)
{
    enum { SPANS = 400 };
    struct result result = {
        "drain", "drain and batch, one 200-byte span (worker)", DRAIN_BUDGET, 0, -1, 0, 0};
    haetae_sdk *sdk = start("HAETAE_WORKER", "manual");
    double best = 1e18;
    double empty = 1e18;

    rows_prepare(sdk, NULL);
    for (int round = 0; round < rounds; round++) {
        double start_ns;
        double took;

        record_spans(SPANS);
        start_ns = cpu_now_ns();
        flush(sdk);
        took = cpu_now_ns() - start_ns;
        best = took < best ? took : best;
        start_ns = cpu_now_ns();
        flush(sdk);
        took = cpu_now_ns() - start_ns;
        empty = took < empty ? took : empty;
    }
    check_nothing_dropped(sdk);
    haetae_sdk_free(sdk);
    result.ns = (best - empty) / SPANS;
    return result;
}

/* ---- Reporting --------------------------------------------------------------------- */

static const char *verdict(const struct result *result, double floor_ns)
{
    if (result->budget <= 0) {
        return "";
    }
    return result->ns <= result->budget * floor_ns ? "ok" : "over";
}

static void print_cell(FILE *out, double value, int width, int digits)
{
    if (value > 0) {
        fprintf(out, " %*.*f |", width, digits, value);
    } else {
        fprintf(out, " %*s |", width, "");
    }
}

static void print_table(FILE *out, const struct result *results, int count,
                        const struct result *floor)
{
    fprintf(out, "| %-44s | budget | measured |       |      ns | cycles | 2 threads |\n",
            "call (F: two reads of the clock)");
    fprintf(out, "|%s|-------:|---------:|-------|--------:|-------:|----------:|\n",
            "----------------------------------------------");
    for (int i = 0; i < count; i++) {
        const struct result *r = &results[i];

        fprintf(out, "| %-44s |", r->text);
        if (r->budget > 0) {
            fprintf(out, " %4.2f F |", r->budget);
        } else {
            fprintf(out, "        |");
        }
        fprintf(out, " %6.2f F | %-5s |", r->ns / floor->ns, verdict(r, floor->ns));
        print_cell(out, r->ns, 7, 1);
        print_cell(out, r->cycles, 6, 0);
        if (r->cpu_1_ns > 0) {
            fprintf(out, " %+7.0f %% |\n", (r->cpu_2_ns / r->cpu_1_ns - 1) * 100);
        } else {
            fprintf(out, " %9s |\n", "");
        }
    }
    fprintf(out, "| %-44s |        |   1.00 F |       | %7.1f | %6.0f |           |\n", "F",
            floor->ns, floor->cycles);
}

static void write_json(const char *path, const struct result *results, int count,
                       const struct result *floor)
{
    FILE *out = fopen(path, "w");

    if (out == NULL) {
        perror(path);
        exit(2);
    }
    fprintf(out, "{\"floor_ns\": %.2f, \"floor_cycles\": %.1f, \"rows\": [", floor->ns,
            floor->cycles);
    for (int i = 0; i < count; i++) {
        const struct result *r = &results[i];

        fprintf(out,
                "%s\n  {\"name\": \"%s\", \"budget_floors\": %.2f, \"measured_floors\": %.3f, "
                "\"ns\": %.2f, \"cycles\": %.1f, \"cpu_ns_1_thread\": %.2f, "
                "\"cpu_ns_2_threads\": %.2f, \"verdict\": \"%s\"}",
                i > 0 ? "," : "", r->name, r->budget, r->ns / floor->ns, r->ns, r->cycles,
                r->cpu_1_ns, r->cpu_2_ns, verdict(r, floor->ns));
    }
    fprintf(out, "\n]}\n");
    fclose(out);
}

static long resident_kib(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file != NULL) {
        if (fscanf(file, "%*s %ld", &pages) != 1) {
            pages = 0;
        }
        fclose(file);
    }
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void print_machine(void)
{
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "r");

    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "model name", 10) == 0) {
            printf("machine:%s", strchr(line, ':') + 1);
            break;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    printf("cores: %ld\n", sysconf(_SC_NPROCESSORS_ONLN));
}

int main(int argc, char **argv)
{
    const char *json = NULL;
    int rounds = ROUNDS;
    bool counter = clock_is_counter();
    struct work floor_work = {floor_loop, NULL, &counter};
    struct result floor = {.name = "floor"};
    struct result results[ROWS_MAX];
    haetae_sdk *sdk;
    haetae_sdk *quiet;
    long before;
    long after;
    int count = 0;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) {
            rounds = ROUNDS_QUICK;
        } else if (strcmp(argv[i], "--json") == 0 && i + 1 < argc) {
            json = argv[++i];
        } else if (strcmp(argv[i], "--recorder-dir") == 0 && i + 1 < argc) {
            recorder_dir = argv[++i];
        } else {
            fprintf(stderr, "usage: %s [--quick] [--json FILE] [--recorder-dir DIR]\n", argv[0]);
            return 2;
        }
    }
    before = resident_kib();
    sdk = start("HAETAE_WORKER", "thread");
    after = resident_kib();
    quiet = start("OTEL_TRACES_SAMPLER", "always_off");
    rows_prepare(sdk, quiet);
    floor.ns = measure_ns(&floor_work, CLOCK_MONOTONIC, rounds);
    floor.cycles = measure_cycles(&floor_work, rounds);
    for (int i = 0; i < row_count; i++) {
        results[count++] = measure_row(&rows[i], sdk, rounds);
    }
    check_nothing_dropped(sdk);
    haetae_sdk_free(quiet);
    haetae_sdk_free(sdk);
    results[count++] = measure_drain(rounds / 4 + 1);
    /* The floor again: the machine may have sped up or slowed down meanwhile. */
    double again = measure_ns(&floor_work, CLOCK_MONOTONIC, rounds);
    floor.ns = again < floor.ns ? again : floor.ns;
    print_machine();
    printf("clock: %s\n\n", counter ? "the CPU's counter" : "CLOCK_MONOTONIC");
    print_table(stdout, results, count, &floor);
    printf("\nresident memory of an idle SDK: %ld KiB\n", after - before);
    if (json != NULL) {
        write_json(json, results, count, &floor);
    }
    return 0;
}
