/* SPDX-License-Identifier: Apache-2.0 */
/* From a configuration to an exporter. */
#ifndef HAETAE_OTLP_CREATE_H
#define HAETAE_OTLP_CREATE_H

#include "haetae/exporter.h"
#include "otlp/protocol.h"

/* Makes the exporter named "otlp" that speaks `protocol`.
 * Ownership: the exporter is the caller's.
 * Errors: HAETAE_EVALUE, with `error` naming key and value; HAETAE_ENOMEM, HAETAE_EIO,
 * HAETAE_EUNSUPPORTED. */
haetae_status hae_http_exporter_create(const struct hae_http_protocol *protocol,
                                       const haetae_config *config, struct hae_http_text *error,
                                       haetae_exporter **ret_exporter);

#endif
