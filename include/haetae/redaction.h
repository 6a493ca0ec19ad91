/* SPDX-License-Identifier: Apache-2.0 */
/* Redaction: personal data does not leave the process. The SDK's worker removes, replaces or hashes
 * values by their keys before a batch is made: attributes of spans, their events and links, of log
 * records and of data points with their exemplars, and the values of maps in all of these and in
 * the body of a log record, at any depth.
 *
 * The process that recovers a dead process's records redacts them by its own rules. A file of
 * HAETAE_RECORDER_DIR says whether its process had rules. If it had, an SDK, haetae_recover() or
 * haetae-recover without any rules leaves the file in place and reports it. Give each process that
 * uses the directory the same rules.
 *
 * It costs the program's threads nothing. Names, texts of bodies and descriptions of a status have
 * no key, and scopes and the resource are the program's own: none of these is changed. A file of
 * HAETAE_RECORDER_DIR has the unredacted records, but stays on the machine. */
#ifndef HAETAE_REDACTION_H
#define HAETAE_REDACTION_H

#include "config.h"
#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

typedef enum haetae_redaction_action {
    HAETAE_REDACTION_DELETE = 0,  /* the attribute is left out; that of a data point may then be
                                   * the same as another point's */
    HAETAE_REDACTION_REPLACE = 1, /* by `text` */
    /* By the first 16 bytes of the SHA-256 of `text`, which is the secret, and the value, as 32
     * hexadecimal digits: equal values stay equal. Without a secret short values can be guessed. */
    HAETAE_REDACTION_HASH = 2
} haetae_redaction_action;

/* Adds a rule for the SDK that is started next with this configuration. `*` in `key_pattern`, which
 * ends with NUL, stands for any number of bytes, `?` for one. The first rule whose pattern matches
 * a key counts. `signals` is a bit set of 1 << haetae_signal; 0: all. Pattern and text are copied;
 * `text` may be empty.
 * Errors: HAETAE_EINVAL (a NULL, an unknown action, a pattern or text of more than 255 bytes),
 * HAETAE_ENOMEM, HAETAE_ELIMIT (more than 64 rules). */
HAETAE_API haetae_status haetae_config_add_redaction(haetae_config *config, const char *key_pattern,
                                                     haetae_redaction_action action,
                                                     const char *text, size_t text_length,
                                                     uint32_t signals);

HAETAE_END_DECLS

#endif
