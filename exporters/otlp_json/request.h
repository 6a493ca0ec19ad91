/* SPDX-License-Identifier: Apache-2.0 */
/* A delivery as JSON. */
#ifndef HAETAE_OTLP_JSON_REQUEST_H
#define HAETAE_OTLP_JSON_REQUEST_H

#include "base/buffer.h"
#include "haetae/exporter.h"

/* What may be written of one request. */
enum { HAE_REQUEST_JSON_MAX_BYTES = 64 * 1024 * 1024 };

/* Adds the request to `out`, which has the limit that the caller wants. HAETAE_VERDICT_OK: it is
 * there. Else the verdict on the delivery, and *ret_why, a constant text; `out` may have a part. */
haetae_verdict hae_request_json(const haetae_delivery *delivery, struct hae_buffer *out,
                                const char **ret_why);

#endif
