/* SPDX-License-Identifier: Apache-2.0 */
/* The figures of bench_exporters: as a table for readers, and in a file that is kept. */
#ifndef HAETAE_BENCH_EXPORTER_TABLE_H
#define HAETAE_BENCH_EXPORTER_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "haetae/haetae.h"

enum { EXPORTER_ROWS_MAX = 32 };

/* Of one item; 0: there is no such figure. */
struct exporter_figures {
    double cpu_ns;
    double bytes;
    double items_per_request;
};

struct exporter_row {
    const char *exporter;
    const char *compression;
    struct exporter_figures signals[HAETAE_SIGNAL_COUNT]; /* by haetae_signal */
};

/* The head with the machine's load, and a row. */
void exporter_table_begin(FILE *to);
void exporter_table_row(FILE *to, const struct exporter_row *row);

/* Writes the file: below a line with the compressors, a line a row and signal: exporter,
 * compression, signal, CPU time in ns, bytes, items of a request. Returns false with a text on
 * standard error. */
bool exporter_table_write(const char *path, const struct exporter_row *rows, size_t count);

/* Whether no row takes more bytes than the file has; says which do. Compressed rows count only
 * where the compressors are those of the file. CPU time is not compared: it depends on the machine.
 */
bool exporter_table_check(const char *path, const struct exporter_row *rows, size_t count);

#endif
