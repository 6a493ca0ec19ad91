/* SPDX-License-Identifier: Apache-2.0 */
/* The OTLP file exporter: each request as a line of JSON, in files or on standard output. Link
 * haetae::otlp_file, or pkg-config haetae-otlp-file; haetae_start() then finds it by
 * OTEL_TRACES_EXPORTER=otlp_file and the like, and on standard output by otlp/stdout. A program
 * that calls no other function of this header calls haetae_otlp_file_register(), so that the linker
 * keeps the library.
 *
 * Each signal has its own file. One write appends each line; several processes may write to one
 * file. A file that has become too large or too old gets another name, and a new one takes its
 * place; a limited number is kept. docs/exporters.md has the keys and the rules.
 * Specification: "OTLP File Exporter", "JSON Protobuf Encoding". */
#ifndef HAETAE_OTLP_FILE_H
#define HAETAE_OTLP_FILE_H

#include "haetae/status.h"
#include "haetae/types.h"

HAETAE_BEGIN_DECLS

/* Registers the exporters "otlp_file" and "otlp/stdout" with their configuration keys,
 * HAETAE_OTLP_FILE_*. The shared library does this when it is loaded.
 * Threads: any. Errors: those of haetae_exporter_register(). */
HAETAE_API haetae_status haetae_otlp_file_register(void);

/* Makes the exporter named "otlp_file" with the keys of `config`, for all signals, and opens its
 * files. It writes in its own thread. A line that cannot be written, for example because the disk
 * is full, is removed again and tried later (HAETAE_RETRY_ELAPSED_MS). haetae_start() does this
 * itself.
 * Ownership: the caller owns the exporter until haetae_config_add_exporter(). Output untouched on
 * failure.
 * Errors: HAETAE_EVALUE (a value that cannot be used), HAETAE_EIO (a file that cannot be opened),
 * HAETAE_ENOMEM, HAETAE_EINVAL; haetae_config_error() names the key. */
HAETAE_API haetae_status haetae_otlp_file_new(haetae_config *config,
                                              haetae_exporter **ret_exporter);

HAETAE_END_DECLS

#endif
