/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of haetae_config_error() and haetae_config_warnings(): one line for each fault. */
#ifndef HAETAE_SDK_CONFIG_ERROR_H
#define HAETAE_SDK_CONFIG_ERROR_H

#include "sdk/config_internal.h"

/* Adds a line. What is not printable in it is escaped. Lines that do not fit are counted. */
void hae_config_text_add(struct hae_config_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds the line KEY="value": expected ...; fault. `fault` may be "". */
void hae_config_text_value(struct hae_config_text *text, size_t key, const char *suffix,
                           const char *value, const char *fault);

/* Adds a line about a name that no key has. The value that came with it may be a secret
 * and is not shown. */
void hae_config_text_unknown(struct hae_config_text *text, const char *name);

/* Begins a call: its first error, should there be one, begins a new text. */
void hae_config_error_start(haetae_config *config);

/* hae_config_text_add() for the errors of a configuration. */
#define hae_config_error_add(config, ...) hae_config_text_add(&(config)->errors, __VA_ARGS__)

/* Adds a warning, unless there is one of the same text. */
void hae_config_warn(haetae_config *config, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Empties the warnings. */
void hae_config_forget_warnings(haetae_config *config);

/* Gives the warnings that were not reported yet to the configuration's diagnostics, one a line. */
void hae_config_report_warnings(haetae_config *config);

/* Gives each line of a text to `callback`, with `prefix` before it. */
void hae_config_report(const char *text, const char *prefix, haetae_diagnostics callback,
                       void *user, haetae_diagnostic_level level);

/* Shows a key's value for a line of text: quoted, escaped and shortened, without what
 * may be secret in a URL; "(hidden)" for a key that is secret. */
#define HAE_CONFIG_SHOWN_BYTES 144
void hae_config_show(size_t key, const char *value, char out[HAE_CONFIG_SHOWN_BYTES]);

#endif
