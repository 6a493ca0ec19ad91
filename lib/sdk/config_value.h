/* SPDX-License-Identifier: Apache-2.0 */
/* Values: checked and parsed once, when they are set. */
#ifndef HAETAE_SDK_CONFIG_VALUE_H
#define HAETAE_SDK_CONFIG_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "haetae/config.h"

/* The longest value, without its NUL. */
#define HAE_CONFIG_VALUE_MAX 65536

/* How much longer than the value its canonical text may be, NUL included. */
#define HAE_CONFIG_VALUE_EXTRA 24

/* Stands for a secret wherever values are shown. */
#define HAE_CONFIG_HIDDEN "(hidden)"

#define HAE_CONFIG_FAULT_BYTES 160

struct hae_config_value {
    /* Canonical: without white space at its ends; booleans, choices and numbers are lower-case
     * and decimal, lists hold nothing twice. */
    const char *text;
    /* The same with secrets masked; in the same memory, or static. */
    const char *shown;
    /* A boolean, a number, or the place of a choice in its key's choices; -1 for
     * every other type, and when there is no value. */
    int64_t integer;
    double real; /* a ratio; 0 for every other type */
};

/* How much memory a value of this length takes when it is parsed. */
size_t hae_config_room(const haetae_config_key *key, size_t length);

/* Checks and parses a value of at most HAE_CONFIG_VALUE_MAX bytes. The canonical text is
 * written to `buffer`, which has hae_config_room() bytes, and *ret_value points there.
 * False when the value is malformed; `fault` then has what is wrong in particular, or
 * is empty. */
bool hae_config_parse(const haetae_config_key *key, const char *value, char *buffer,
                      char fault[HAE_CONFIG_FAULT_BYTES], struct hae_config_value *ret_value);

/* What may be shown of a value that may be a URL, whole or malformed: the scheme, the rest from
 * the '@' on, and whether something was left out in front of that and behind it. */
struct hae_config_mask {
    haetae_string scheme; /* empty, or followed by "://" */
    bool credentials;     /* "***" stands for them       */
    haetae_string rest;
    bool query; /* "?***" stands for it        */
};
struct hae_config_mask hae_config_mask(const haetae_config_key *key, haetae_string value);

/* The words that a key of type BOOL or CHOICE takes, separated by |; NULL for another. */
const char *hae_config_choices(const haetae_config_key *key);

/* Whether a text is a name that a list may hold: letters, digits, _ - . and /. */
bool hae_config_is_name(haetae_string text);

/* Takes the next name off a list; false at its end. */
bool hae_config_next_name(const char **list, haetae_string *ret_name);

/* Whether two names are the same but for the case of ASCII letters. */
bool hae_config_same_name(haetae_string a, haetae_string b);

#endif
