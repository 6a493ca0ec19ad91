/* SPDX-License-Identifier: Apache-2.0 */
/* Configurators: which scopes have a working tracer, meter or logger, and from which severity on.
 *
 * A rule is for all scopes of a signal whose name matches a pattern; a callback sees the whole
 * scope. Both may be set before the start and changed while the program runs: tracers, meters and
 * loggers that were handed out before follow soon. Of the rules that match, the newest counts:
 * first "*" off, then "my.library" on. The callback runs after the rules, and may change their
 * result.
 *
 * What is off:
 * - A tracer starts no spans, as without an SDK: children have its span's parent as theirs. It is
 *   not enabled. Spans that are open go on.
 * - A logger records nothing, and is not enabled.
 * - A meter's instruments are not exported, nor are its callbacks called. When a sum is switched on
 *   again, it includes what was measured meanwhile.
 *
 * Specification: "TracerConfigurator", "MeterConfigurator", "LoggerConfigurator". */
#ifndef HAETAE_SCOPE_H
#define HAETAE_SCOPE_H

#include "config.h"
#include "signal.h"
#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* What holds for a scope. All zero is the default. HAETAE_OPTIONS sets struct_size.
 * Specification: "TracerConfig", "MeterConfig", "LoggerConfig". */
typedef struct haetae_scope_config {
    size_t struct_size;
    int32_t disabled; /* not 0: off */
    /* Loggers: records below this haetae_severity are left out, except those without one. 0: that
     * of HAETAE_LOGS_MIN_SEVERITY. haetae_logger_set_min_severity() changes it for a logger, until
     * the logger is configured again. */
    int32_t min_severity;
    /* Loggers, not 0: records that belong to a span which is not sampled are left out. */
    int32_t trace_based;
    int32_t reserved; /* zero */
} haetae_scope_config;

/* Adds a rule for the next start with this configuration, or to a running SDK. In `pattern`, which
 * ends with NUL and is copied, `*` stands for any number of bytes and `?` for one; the rest is
 * compared as it is. A rule with the pattern of an older one replaces it, and is the newest then.
 * `scope_config` NULL: the default. NULL `sdk`: HAETAE_OK.
 * Threads: any, for an SDK. Errors: HAETAE_EINVAL (a NULL, no signal, an invalid struct_size, a
 * pattern of more than 255 bytes), HAETAE_ENOMEM, HAETAE_ELIMIT (more than 256 rules). */
HAETAE_API haetae_status haetae_config_add_scope_rule(haetae_config *config, haetae_signal signal,
                                                      const char *pattern,
                                                      const haetae_scope_config *scope_config);
HAETAE_API haetae_status haetae_sdk_add_scope_rule(haetae_sdk *sdk, haetae_signal signal,
                                                   const char *pattern,
                                                   const haetae_scope_config *scope_config);

/* Changes *config, which has what the rules say. `scope` has name, version and schema URL, and of
 * the attributes the first 16 that are text, numbers or booleans; it is valid during the call.
 * A lock is held: the callback returns soon, and must not get tracers, meters or loggers, add
 * rules, fork(), or flush, shut down or free the SDK. */
typedef void (*haetae_configurator)(void *user, haetae_signal signal,
                                    const haetae_scope_options *scope, haetae_scope_config *config);

/* Sets the callback for a signal; NULL: none. It is called when a tracer, meter or logger is made,
 * and by haetae_sdk_set_configurator() and haetae_sdk_add_scope_rule() for each that there is.
 * `user` outlives the SDK. NULL `sdk`: HAETAE_OK.
 * Threads: any, for an SDK. Errors: HAETAE_EINVAL (NULL `config`, no signal). */
HAETAE_API haetae_status haetae_config_set_configurator(haetae_config *config, haetae_signal signal,
                                                        haetae_configurator callback, void *user);
HAETAE_API haetae_status haetae_sdk_set_configurator(haetae_sdk *sdk, haetae_signal signal,
                                                     haetae_configurator callback, void *user);

HAETAE_END_DECLS

#endif
