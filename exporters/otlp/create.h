/* SPDX-License-Identifier: Apache-2.0 */
/* From a configuration to an exporter. */
#ifndef HAETAE_OTLP_CREATE_H
#define HAETAE_OTLP_CREATE_H

#include "haetae/exporter.h"
#include "otlp/protocol.h"

/* Makes the exporter named "otlp" that speaks `protocol`, for `signals`: a bit set of
 * 1 << haetae_signal.
 * Ownership: the exporter is the caller's.
 * Errors: those of hae_http_options_init(); HAETAE_ENOMEM, HAETAE_EIO, HAETAE_EUNSUPPORTED;
 * haetae_config_error() says which. */
haetae_status hae_http_exporter_create(const struct hae_http_protocol *protocol,
                                       haetae_config *config, uint32_t signals,
                                       haetae_exporter **ret_exporter);

/* Initialises libcurl, once in a process. Errors: HAETAE_ENOMEM, HAETAE_EUNSUPPORTED;
 * haetae_config_error() says why. */
haetae_status hae_http_init_curl(haetae_config *config);

#endif
