/* SPDX-License-Identifier: Apache-2.0 */
/* The argument of the sampler "jaeger_remote". */
#ifndef HAETAE_OTLP_HTTP_JAEGER_OPTIONS_H
#define HAETAE_OTLP_HTTP_JAEGER_OPTIONS_H

#include "haetae/config.h"
#include "haetae/types.h"

struct hae_jaeger_options {
    char *url; /* with the service's name; for free() */
    int64_t interval_ms;
    double probability; /* before the first answer */
};

/* Reads "endpoint=…,pollingIntervalMs=…,initialSamplingRate=…"; "" has the defaults. Members with
 * another name do not count. Errors: HAETAE_EVALUE, with *ret_why; HAETAE_ENOMEM. */
haetae_status hae_jaeger_options_read(const char *argument, haetae_string service_name,
                                      struct hae_jaeger_options *ret_options, const char **ret_why);

#endif
