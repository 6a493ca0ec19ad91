/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the calls of one row for a tool that counts instructions: instructions.py runs this under
 * callgrind, which counts what happens below counted_calls() and nothing else.
 * Usage: bench_instructions            prints the rows: name, text and target, with tabs between
 *        bench_instructions ROW        makes COUNTED_CALLS calls of a row */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"
#include "setup.h"
#include "targets.h"

enum { WARM_UP_LOOPS = 2, COUNTED_LOOPS = 8 };

/* Its name is what callgrind looks for. */
__attribute__((noinline)) void counted_calls(void (*loop)(void *user, int calls));

void counted_calls(void (*loop)(void *user, int calls))
{
    loop(NULL, CALLS_PER_LOOP);
    keep(0); /* no tail call: the count ends with this function */
}

static const struct row *find(const char *name)
{
    for (int i = 0; i < row_count; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    fprintf(stderr, "bench_instructions: no row \"%s\"\n", name);
    exit(2);
}

static void measure(const struct row *row)
{
    /* Driven by hand, so that no worker thread changes what the calls find. */
    haetae_sdk *sdk = start_sdk("HAETAE_WORKER", "manual", NULL);
    haetae_sdk *quiet = start_sdk("OTEL_TRACES_SAMPLER", "always_off", NULL);

    rows_prepare(sdk, quiet);
    for (int i = 0; i < WARM_UP_LOOPS; i++) {
        row->loop(NULL, CALLS_PER_LOOP);
        flush_sdk(sdk);
    }
    for (int i = 0; i < COUNTED_LOOPS; i++) {
        for (int before = 0; before < row->loops_before; before++) {
            row->loop(NULL, CALLS_PER_LOOP);
        }
        counted_calls(row->loop);
        flush_sdk(sdk);
    }
    check_nothing_dropped(sdk);
    haetae_sdk_free(quiet);
    haetae_sdk_free(sdk);
    printf("%d\n", COUNTED_LOOPS * CALLS_PER_LOOP);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        measure(find(argv[1]));
        return 0;
    }
    for (int i = 0; i < row_count; i++) {
        printf("%s\t%s\t%.0f\n", rows[i].name, rows[i].text, target_of(rows[i].name).instructions);
    }
    return 0;
}
