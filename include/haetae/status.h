/* SPDX-License-Identifier: Apache-2.0 */
/* Errors.
 *
 * Calls that set up, flush or shut down return a haetae_status: zero is success, negative
 * is an error. Calls that record return no status: what they cannot record they drop and
 * count (see haetae_stats_take() in stats.h). */
#ifndef HAETAE_STATUS_H
#define HAETAE_STATUS_H

#include "version.h"

HAETAE_BEGIN_DECLS

/* Name, code, text. Codes never change; later versions may add some. */
#define HAETAE_STATUS_MAP(X)                                                                       \
    X(OK, 0, "success")                                                                            \
    X(EINVAL, -1, "an argument is not valid")                                                      \
    X(ENOMEM, -2, "out of memory")                                                                 \
    X(ETHREAD, -3, "a thread could not be started")                                                \
    X(ETIMEOUT, -4, "the deadline passed first")                                                   \
    X(ESHUTDOWN, -5, "already shut down")                                                          \
    X(EKEY, -6, "no configuration key has this name")                                              \
    X(EVALUE, -7, "a configuration value cannot be used: see haetae_config_error()")               \
    X(ELIMIT, -8, "a fixed limit or the memory budget is used up")                                 \
    X(ECONFLICT, -9, "something of this name exists with other properties")                        \
    X(EIO, -10, "the operating system refused a file, socket or mapping")                          \
    X(EUNSUPPORTED, -11, "not supported on this system or in this build")                          \
    X(EFORMAT, -12, "the input is not in the expected format")                                     \
    X(ELOST, -13, "receivers refused some of it, or it was dropped")

typedef enum haetae_status {
#define HAETAE_STATUS_ENUM(name, code, text) HAETAE_##name = (code),
    HAETAE_STATUS_MAP(HAETAE_STATUS_ENUM)
#undef HAETAE_STATUS_ENUM
} haetae_status;

/* The name of a status, such as "HAETAE_EINVAL"; "HAETAE_E?" for a code that this library
 * does not know. The string is static. Threads: any. */
HAETAE_API const char *haetae_status_name(haetae_status status);

/* A sentence about a status; "unknown status" for a code that this library does not know.
 * The string is static. Threads: any. */
HAETAE_API const char *haetae_status_text(haetae_status status);

HAETAE_END_DECLS

#endif
