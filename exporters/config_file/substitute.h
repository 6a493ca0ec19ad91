/* SPDX-License-Identifier: Apache-2.0 */
/* ${VAR} in the values of a file.
 * Specification: "Environment variable substitution". */
#ifndef HAETAE_CONFIG_FILE_SUBSTITUTE_H
#define HAETAE_CONFIG_FILE_SUBSTITUTE_H

#include "haetae/status.h"
#include "haetae/types.h"

/* Replaces all references in a text. `lookup` returns the value of a variable, whose name does not
 * end with NUL; NULL: it is not set.
 * Ownership: *ret_text ends with NUL and is the caller's, for free(). Errors: HAETAE_EFORMAT (a
 * reference is malformed; *ret_bad is where it begins), HAETAE_ENOMEM, HAETAE_ELIMIT (the result
 * has more than 1 MiB). */
haetae_status hae_substitute(haetae_string text, const char *(*lookup)(haetae_string name),
                             char **ret_text, haetae_string *ret_bad);

#endif
