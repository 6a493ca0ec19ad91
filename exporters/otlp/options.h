/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter's options, read from a configuration.
 * Specification: "OpenTelemetry Protocol Exporter", "Configuration Options". */
#ifndef HAETAE_OTLP_OPTIONS_H
#define HAETAE_OTLP_OPTIONS_H

#include "haetae/config.h"
#include "haetae/signal.h"
#include "otlp/protocol.h"
#include "otlp/target.h"

struct hae_http_options {
    struct hae_http_target targets[HAETAE_SIGNAL_COUNT];
};

/* Reads and checks the options of `signals`, a bit set of 1 << haetae_signal; files are
 * opened to see whether they can be used.
 * Ownership: on HAETAE_OK the caller's, for hae_http_options_done(); on failure there
 * is nothing to free.
 * Errors: HAETAE_EVALUE, reported by haetae_config_add_error(); HAETAE_EKEY and HAETAE_EINVAL
 * when the keys are not registered; HAETAE_ENOMEM. */
haetae_status hae_http_options_init(struct hae_http_options *options,
                                    const struct hae_http_protocol *protocol, haetae_config *config,
                                    uint32_t signals);
void hae_http_options_done(struct hae_http_options *options);

#endif
