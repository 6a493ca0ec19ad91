/* SPDX-License-Identifier: Apache-2.0 */
/* One option of one signal: the key in force for it, and its value. */
#ifndef HAETAE_OTLP_OPTION_H
#define HAETAE_OTLP_OPTION_H

#include <stdbool.h>

#include "haetae/config.h"
#include "otlp/protocol.h"

/* The key that is in force for one option of one signal. */
struct hae_http_option {
    char key[64];
    bool of_signal; /* the signal's own key, not the general one */
};

/* What the readers of the options share. */
struct hae_http_reader {
    const struct hae_http_protocol *protocol;
    haetae_config *config;
    int signal;
    struct hae_http_target *target;
};

/* Finds the key in force: `prefix` and `name`, or the signal's own, with the signal's name between
 * the two. A value of it that cannot be used is an error: nothing may take its place.
 * Errors: HAETAE_EVALUE, reported; HAETAE_EKEY. */
haetae_status hae_http_option_find(const struct hae_http_reader *reader, const char *prefix,
                                   const char *name, struct hae_http_option *ret_option);

/* The same for an option that has no key for a signal. */
haetae_status hae_http_option_find_general(const struct hae_http_reader *reader, const char *key,
                                           struct hae_http_option *ret_option);

/* The value, with its secrets; "": there is none. */
const char *hae_http_option_value(const struct hae_http_reader *reader,
                                  const struct hae_http_option *option);

/* Reports what is wrong with the value; returns HAETAE_EVALUE. */
haetae_status hae_http_option_refuse(const struct hae_http_reader *reader,
                                     const struct hae_http_option *option, const char *why);

#endif
