/* SPDX-License-Identifier: Apache-2.0 */
/* An exporter that appends requests to a file, one a line, as JSON. Specification: "OTLP File
 * Exporter".
 *
 * This folder includes public headers, lib/base, otlp_json, otlp_unpack and the generated
 * schema. */
#ifndef HAETAE_OTLP_LINES_FILE_EXPORTER_H
#define HAETAE_OTLP_LINES_FILE_EXPORTER_H

#include "haetae/exporter.h"
#include "otlp_lines/line_file.h"

/* Ownership: the file stays the caller's and must outlive the exporter. Errors:
 * HAETAE_ENOMEM. */
haetae_status hae_file_exporter_new(struct hae_line_file *file, haetae_exporter **ret_exporter);

#endif
