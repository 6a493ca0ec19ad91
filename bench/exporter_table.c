/* SPDX-License-Identifier: Apache-2.0 */
#include "exporter_table.h"

#include <stdlib.h>
#include <string.h>

#define ALLOWED_RATIO            1.01
#define ALLOWED_RATIO_COMPRESSED 1.03

/* In the order of the table. */
static const haetae_signal signals[] = {HAETAE_SIGNAL_TRACES, HAETAE_SIGNAL_LOGS,
                                        HAETAE_SIGNAL_METRICS};
enum { SIGNALS = sizeof signals / sizeof signals[0] };

/* ---- For readers ---------------------------------------------------------------------- */

void exporter_table_begin(FILE *to)
{
    double load[3] = {0, 0, 0};

    (void)getloadavg(load, 3);
    fprintf(
        to,
        "\nexporters: CPU time of worker and exporter in ns, bytes, and items of a request; load "
        "%.1f before\n",
        load[0]);
    fprintf(to,
            "| exporter      | compression | span ns | bytes |   items | log ns | bytes |   items "
            "| point ns | bytes | items |\n");
    fprintf(to, "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
}

static void put_number(FILE *to, int width, int decimals, double value)
{
    if (value == 0) {
        fprintf(to, " %*s |", width, "");
    } else {
        fprintf(to, " %*.*f |", width, decimals, value);
    }
}

void exporter_table_row(FILE *to, const struct exporter_row *row)
{
    fprintf(to, "| %-13s | %-11s |", row->exporter, row->compression);
    for (int i = 0; i < SIGNALS; i++) {
        const struct exporter_figures *figures = &row->signals[signals[i]];

        put_number(to, 7, 0, figures->cpu_ns);
        put_number(to, 6, 1, figures->bytes);
        put_number(to, 7, 0, figures->items_per_request);
    }
    fputc('\n', to);
    fflush(to);
}

/* ---- The file ------------------------------------------------------------------------- */

static const char *compressors(void)
{
    return "gzip by " BENCH_GZIP;
}

bool exporter_table_write(const char *path, const struct exporter_row *rows, size_t count)
{
    FILE *file = fopen(path, "w");
    bool good = file != NULL;

    if (good) {
        fprintf(file, "%s\n", compressors());
        for (size_t i = 0; i < count * SIGNALS; i++) {
            const struct exporter_row *row = &rows[i / SIGNALS];
            const struct exporter_figures *figures = &row->signals[signals[i % SIGNALS]];

            fprintf(file, "%s %s %s %.0f %.1f %.0f\n", row->exporter, row->compression,
                    haetae_signal_name(signals[i % SIGNALS]), figures->cpu_ns, figures->bytes,
                    figures->items_per_request);
        }
        good = fclose(file) == 0;
    }
    if (!good) {
        perror(path);
    }
    return good;
}

static const struct exporter_figures *find(const struct exporter_row *rows, size_t count,
                                           const char *exporter, const char *compression,
                                           const char *signal)
{
    for (size_t i = 0; i < count * SIGNALS; i++) {
        const struct exporter_row *row = &rows[i / SIGNALS];
        haetae_signal number = signals[i % SIGNALS];

        if (strcmp(row->exporter, exporter) == 0 && strcmp(row->compression, compression) == 0 &&
            strcmp(haetae_signal_name(number), signal) == 0) {
            return &row->signals[number];
        }
    }
    return NULL;
}

/* Checks one line of the file. */
static bool check_line(const char *line, const struct exporter_row *rows, size_t count,
                       bool same_compressors)
{
    char exporter[32], compression[16], signal[16];
    double kept_bytes, allowed;
    const struct exporter_figures *now;

    if (sscanf(line, "%31s %15s %15s %*s %lf", exporter, compression, signal, &kept_bytes) != 4) {
        fprintf(stderr, "exporters: a line that is none: %s", line);
        return false;
    }
    now = find(rows, count, exporter, compression, signal);
    if (now == NULL) {
        return true; /* not built */
    }
    allowed = kept_bytes * ALLOWED_RATIO;
    if (strcmp(compression, "none") != 0) {
        allowed = same_compressors ? kept_bytes * ALLOWED_RATIO_COMPRESSED : now->bytes;
    }
    if (now->bytes <= allowed) {
        return true;
    }
    fprintf(stderr, "exporters: %s %s %s: %.1f bytes, not %.1f\n", exporter, compression, signal,
            now->bytes, kept_bytes);
    return false;
}

bool exporter_table_check(const char *path, const struct exporter_row *rows, size_t count)
{
    char line[256];
    FILE *file = fopen(path, "r");
    bool good = true;
    bool same;

    if (file == NULL || fgets(line, sizeof line, file) == NULL) {
        perror(path);
        return false;
    }
    line[strcspn(line, "\n")] = '\0';
    same = strcmp(line, compressors()) == 0;
    while (fgets(line, sizeof line, file) != NULL) {
        good = check_line(line, rows, count, same) && good;
    }
    fclose(file);
    return good;
}
