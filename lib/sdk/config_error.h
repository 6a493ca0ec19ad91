/* SPDX-License-Identifier: Apache-2.0 */
/* The text of haetae_config_error(): one line for each error of the last call that
 * had any. */
#ifndef HAETAE_SDK_CONFIG_ERROR_H
#define HAETAE_SDK_CONFIG_ERROR_H

#include "sdk/config_internal.h"

/* Begins a call: its first error, should there be one, begins a new text. */
void hae_config_error_start(haetae_config *config);

/* Adds a line. Lines that do not fit are counted. */
void hae_config_error_add(haetae_config *config, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds the line KEY="value": expected ...; fault. `fault` may be "". */
void hae_config_error_value(haetae_config *config, size_t key, const char *value,
                            const char *fault);

/* Adds a line about a name that no key has. The value that came with it may be a secret
 * and is not shown. */
void hae_config_error_unknown(haetae_config *config, const char *name);

/* Shows a key's value for a line of text: quoted, escaped and shortened, without what
 * may be secret in a URL; "(hidden)" for a key that is secret. */
#define HAE_CONFIG_SHOWN_BYTES 144
void hae_config_show(size_t key, const char *value, char out[HAE_CONFIG_SHOWN_BYTES]);

#endif
