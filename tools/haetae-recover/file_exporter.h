/* SPDX-License-Identifier: Apache-2.0 */
/* An exporter that appends requests to a file, one a line, as JSON. Specification: "OTLP File
 * Exporter". */
#ifndef HAE_RECOVER_FILE_EXPORTER_H
#define HAE_RECOVER_FILE_EXPORTER_H

#include "haetae/haetae.h"
#include "line_file.h"

/* Ownership: the file stays the caller's. Errors: HAETAE_ENOMEM. */
haetae_status hae_rec_file_exporter_new(struct hae_rec_line_file *file,
                                        haetae_exporter **ret_exporter);

#endif
