/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HAETAE_OTLP_LINES_REQUEST_LINE_H
#define HAETAE_OTLP_LINES_REQUEST_LINE_H

#include "base/buffer.h"
#include "haetae/exporter.h"

/* Makes a request the line that hae_line_file_append() takes, with a byte in front. `ret_line` is
 * empty at first, and the caller's for hae_buffer_done() in any case. HAETAE_VERDICT_OK: it is
 * whole; else the verdict on the delivery, and *ret_why, a constant text. */
haetae_verdict hae_request_line(const haetae_delivery *delivery, struct hae_buffer *ret_line,
                                const char **ret_why);

#endif
