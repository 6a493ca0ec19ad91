/* SPDX-License-Identifier: Apache-2.0 */
/* An exporter that appends requests to a file, one a line, as JSON. Specification: "OTLP File
 * Exporter".
 *
 * This folder includes public headers, lib/base, otlp_json, otlp_unpack and the generated
 * schema. */
#ifndef HAETAE_OTLP_LINES_FILE_EXPORTER_H
#define HAETAE_OTLP_LINES_FILE_EXPORTER_H

#include <stdatomic.h>

#include "haetae/exporter.h"
#include "otlp_lines/line_file.h"

/* What such an exporter writes to. */
struct hae_file_target {
    struct hae_line_file file;
    _Atomic bool is_used; /* by an exporter, whose thread may be in a call that does not return, as
                           * with a pipe that nobody reads */
};

/* Ownership: the target stays the caller's and must outlive the exporter, also one that is
 * freed later as its thread is in a call. Errors: HAETAE_ENOMEM. */
haetae_status hae_file_exporter_new(struct hae_file_target *target, haetae_exporter **ret_exporter);

/* Closes the file, unless an exporter still uses it. False: errno says why. */
bool hae_file_target_close(struct hae_file_target *target);

#endif
