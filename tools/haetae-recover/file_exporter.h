/* SPDX-License-Identifier: Apache-2.0 */
/* An exporter that appends requests to a stream, one a line, as JSON. Specification: "OTLP File
 * Exporter". */
#ifndef HAE_RECOVER_FILE_EXPORTER_H
#define HAE_RECOVER_FILE_EXPORTER_H

#include <stdio.h>

#include "haetae/haetae.h"

/* Ownership: the stream stays the caller's. Errors: HAETAE_ENOMEM. */
haetae_status hae_rec_file_exporter_new(FILE *stream, haetae_exporter **ret_exporter);

#endif
