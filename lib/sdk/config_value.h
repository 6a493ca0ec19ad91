/* SPDX-License-Identifier: Apache-2.0 */
/* Values as text: checked once, when they are set, and brought into a canonical
 * form that the getters can rely on. */
#ifndef HAE_SDK_CONFIG_VALUE_H
#define HAE_SDK_CONFIG_VALUE_H

#include <stdbool.h>

#include "haetae/types.h"
#include "sdk/config_keys.h"

/* The longest value, without its NUL. */
#define HAE_CONFIG_VALUE_MAX 65536

/* How much longer than the value its canonical form may be, NUL included. */
#define HAE_CONFIG_VALUE_EXTRA 24

#define HAE_CONFIG_FAULT_BYTES 160

/* Checks a value of at most HAE_CONFIG_VALUE_MAX bytes and writes its canonical
 * form to `out` (its length and HAE_CONFIG_VALUE_EXTRA): booleans, choices and
 * numbers are trimmed, lower-case and decimal, lists are trimmed and hold
 * nothing twice; other text is as it was.
 * False when it is malformed; `fault` then has what is wrong in particular, or
 * is empty. */
bool hae_config_normalise(const struct hae_config_def *def, const char *value, char *out,
                          char fault[HAE_CONFIG_FAULT_BYTES]);

/* Numbers from canonical text. A choice is its place in def->choices. */
int64_t hae_config_number(const struct hae_config_def *def, const char *text);
double hae_config_fraction(const char *text);

/* Takes the next name off a list; false at its end. */
bool hae_config_next_name(const char **list, haetae_string *ret_name);

/* Whether two names are the same but for the case of ASCII letters. */
bool hae_config_same_name(haetae_string a, haetae_string b);

#endif
