/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration keys of the OTLP file exporter, and what they say. */
#ifndef HAETAE_OTLP_FILE_KEYS_H
#define HAETAE_OTLP_FILE_KEYS_H

#include "haetae/config.h"
#include "haetae/signal.h"
#include "otlp_file/output.h"

enum { HAE_OTLP_FILE_KEY_COUNT = 10 };
extern const haetae_config_key hae_otlp_file_keys[HAE_OTLP_FILE_KEY_COUNT];

/* The rules for all files. Errors: HAETAE_EVALUE and others of haetae_config_get_int(). */
haetae_status hae_otlp_file_rules(const haetae_config *config, struct hae_output_rules *ret_rules);

/* Where a signal goes: its own key as it is, or the general one with the signal's name before the
 * extension. *ret_path is the caller's, for hae_free(), or NULL for standard output; *ret_key is
 * the key that says so. Errors: HAETAE_EVALUE, HAETAE_ENOMEM. */
haetae_status hae_otlp_file_path(haetae_config *config, haetae_signal signal, char **ret_path,
                                 const char **ret_key);

#endif
