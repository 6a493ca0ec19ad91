/* SPDX-License-Identifier: Apache-2.0 */
/* The options that the specification does not have: HAETAE_OTLP_*. */
#ifndef HAETAE_OTLP_OWN_OPTIONS_H
#define HAETAE_OTLP_OWN_OPTIONS_H

#include "otlp/option.h"

/* Reads them for the reader's signal. What has been read is the target's, also on failure.
 * Errors: HAETAE_EVALUE, reported; HAETAE_EKEY, HAETAE_EINVAL, HAETAE_ENOMEM. */
haetae_status hae_http_read_own_options(const struct hae_http_reader *reader);

#endif
