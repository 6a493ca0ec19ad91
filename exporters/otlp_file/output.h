/* SPDX-License-Identifier: Apache-2.0 */
/* Where the lines of a signal go: a file that is rotated, or standard output. */
#ifndef HAETAE_OTLP_FILE_OUTPUT_H
#define HAETAE_OTLP_FILE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/descriptor.h"
#include "otlp_lines/line_file.h"

struct hae_output_rules {
    uint64_t max_bytes;   /* a file that would become larger is rotated; 0: no limit        */
    uint64_t interval_ms; /* and one that this process has written to for so long; 0: none  */
    uint64_t max_backups; /* of files that were rotated out, so many stay; 0: all           */
    uint64_t max_days;    /* and none that is older; 0: any                                  */
};

struct hae_output {
    char *path; /* NULL: standard output */
    struct hae_output_rules rules;
    bool is_open;
    struct hae_line_file file;
    struct hae_descriptor mark; /* what file.fd refers to: a host may have closed it   */
    uint64_t opened_ms;         /* of CLOCK_MONOTONIC                                  */
    uint64_t end_bytes;         /* where the file ended when this process left it      */
    char error[256];            /* of the last call that failed, or of its rotation    */
};

/* Opens the output, which is all zero but for `path` and `rules`. Ownership: it takes the path
 * over, also on failure. False: errno says why. */
bool hae_output_open(struct hae_output *output);

/* Appends a line, as hae_line_file_append(). When the file is not there any more, or is another
 * one, as after a rotation by another process, it goes to the one that is there. False: `error`
 * says why. True: `error` is empty, or says why the file could not be rotated. */
bool hae_output_append(struct hae_output *output, char *text, size_t size_bytes);

/* In a child: the file is opened again, since a lock belongs to parent and child together. `idle`
 * as in haetae_exporter_ops.after_fork. Async-signal-safe. */
void hae_output_in_child(struct hae_output *output, bool idle);

void hae_output_done(struct hae_output *output);

#endif
