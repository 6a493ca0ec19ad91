/* SPDX-License-Identifier: Apache-2.0 */
/* Measures what each recording call costs. It reports; it does not fail when a call is slow. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rows.h"
#include "setup.h"
#include "targets.h"

enum { ROUNDS = 4000, ROUNDS_QUICK = 100, ROWS_MAX = 40 };

struct result {
    const char *name;
    const char *text;
    double ns;
    double cycles;
    double cpu_1_ns;      /* on one thread, by its own CPU time */
    double cpu_2_ns;      /* on two                             */
    double cpu_beside_ns; /* on one, beside another process */
};

/* Where the recorder's memory is a file; NULL: nowhere. */
static const char *recorder_dir;

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
    struct work work = {row->loop, flush_sdk, sdk};
    struct result result = {row->name, row->text, 0, 0, 0, 0, 0};

    result.ns = measure_ns(&work, CLOCK_MONOTONIC, rounds);
    result.cycles = measure_cycles(&work, rounds / 4 + 1);
    result.cpu_1_ns = measure_cpu_ns(&work, 1, rounds / 4 + 1);
    result.cpu_2_ns = measure_cpu_ns(&work, 2, rounds / 4 + 1);
    result.cpu_beside_ns = measure_cpu_beside_ns(&work, rounds / 4 + 1);
    return result;
}

/* CPU time of a manual worker, from the rings to the request, for one span. What a
 * flush costs with nothing recorded is taken off. */
static struct result measure_drain(int rounds)
{
    enum { SPANS = 400 };
    struct result result = {"drain", "drain and batch, one 200-byte span (worker)", 0, -1, 0, 0, 0};
    haetae_sdk *sdk = start_sdk("HAETAE_WORKER", "manual", recorder_dir);
    double best = 1e18;
    double empty = 1e18;

    rows_prepare(sdk, NULL);
    for (int round = 0; round < rounds; round++) {
        double start_ns;
        double took;

        record_spans(SPANS);
        start_ns = now_ns(CLOCK_THREAD_CPUTIME_ID);
        flush_sdk(sdk);
        took = now_ns(CLOCK_THREAD_CPUTIME_ID) - start_ns;
        best = took < best ? took : best;
        start_ns = now_ns(CLOCK_THREAD_CPUTIME_ID);
        flush_sdk(sdk);
        took = now_ns(CLOCK_THREAD_CPUTIME_ID) - start_ns;
        empty = took < empty ? took : empty;
    }
    check_nothing_dropped(sdk);
    haetae_sdk_free(sdk);
    result.ns = (best - empty) / SPANS;
    return result;
}

/* ---- Reporting --------------------------------------------------------------------- */

static void print_cell(FILE *out, double value, int width, int digits)
{
    if (value > 0) {
        fprintf(out, " %*.*f |", width, digits, value);
    } else {
        fprintf(out, " %*s |", width, "");
    }
}

static void print_change(FILE *out, double now, double before)
{
    if (now > 0 && before > 0) {
        fprintf(out, " %+9.0f %% |", (now / before - 1) * 100);
    } else {
        fprintf(out, " %11s |", "");
    }
}

static void print_row(FILE *out, const struct result *r)
{
    fprintf(out, "| %-46s |", r->text);
    print_cell(out, r->ns, 7, 1);
    print_cell(out, target_of(r->name).ns, 6, 1);
    print_cell(out, r->cycles, 6, 0);
    print_change(out, r->cpu_2_ns, r->cpu_1_ns);
    print_change(out, r->cpu_beside_ns, r->cpu_1_ns);
    fputc('\n', out);
}

static void print_table(FILE *out, const struct result *results, int count)
{
    fprintf(out, "| %-46s |      ns | target | cycles |   2 threads | 2 processes |\n", "call");
    fprintf(out, "|------------------------------------------------|--------:|-------:|-------:|"
                 "------------:|------------:|\n");
    for (int i = 0; i < count; i++) {
        print_row(out, &results[i]);
    }
}

static void write_json(const char *path, const struct result *results, int count)
{
    FILE *out = fopen(path, "w");

    if (out == NULL) {
        perror(path);
        exit(2);
    }
    fprintf(out, "{\"rows\": [");
    for (int i = 0; i < count; i++) {
        const struct result *r = &results[i];

        fprintf(out,
                "%s\n  {\"name\": \"%s\", \"ns\": %.2f, \"cycles\": %.1f, "
                "\"cpu_ns_1_thread\": %.2f, \"cpu_ns_2_threads\": %.2f, "
                "\"cpu_ns_2_processes\": %.2f}",
                i > 0 ? "," : "", r->name, r->ns, r->cycles, r->cpu_1_ns, r->cpu_2_ns,
                r->cpu_beside_ns);
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

struct options {
    const char *json; /* the file to write, or NULL */
    int rounds;
};

static struct options read_options(int argc, char **argv)
{
    struct options options = {NULL, ROUNDS};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) {
            options.rounds = ROUNDS_QUICK;
        } else if (strcmp(argv[i], "--json") == 0 && i + 1 < argc) {
            options.json = argv[++i];
        } else if (strcmp(argv[i], "--recorder-dir") == 0 && i + 1 < argc) {
            recorder_dir = argv[++i];
        } else {
            fprintf(stderr, "usage: %s [--quick] [--json FILE] [--recorder-dir DIR]\n", argv[0]);
            exit(2);
        }
    }
    return options;
}

int main(int argc, char **argv)
{
    struct options options = read_options(argc, argv);
    bool counter = clock_is_counter();
    struct work clock_work = {clock_loop, NULL, &counter};
    struct result results[ROWS_MAX];
    long before = resident_kib();
    haetae_sdk *sdk = start_sdk("HAETAE_WORKER", "thread", recorder_dir);
    long after = resident_kib();
    haetae_sdk *quiet = start_sdk("OTEL_TRACES_SAMPLER", "always_off", NULL);
    int count = 0;

    rows_prepare(sdk, quiet);
    for (int i = 0; i < row_count; i++) {
        results[count++] = measure_row(&rows[i], sdk, options.rounds);
    }
    results[count] =
        (struct result){.name = "clock", .text = "for comparison: two reads of the clock"};
    results[count].ns = measure_ns(&clock_work, CLOCK_MONOTONIC, options.rounds);
    results[count++].cycles = measure_cycles(&clock_work, options.rounds);
    check_nothing_dropped(sdk);
    haetae_sdk_free(quiet);
    haetae_sdk_free(sdk);
    results[count++] = measure_drain(options.rounds / 4 + 1);
    print_machine();
    printf("clock: %s\n\n", counter ? "the CPU's counter" : "CLOCK_MONOTONIC");
    print_table(stdout, results, count);
    printf("\nresident memory of an idle SDK: %ld KiB\n", after - before);
    if (options.json != NULL) {
        write_json(options.json, results, count);
    }
    return 0;
}
