/* SPDX-License-Identifier: Apache-2.0 */
/* The default SDK of the process, and how a library that is given nothing finds it.
 *
 * A program starts an SDK and makes it the default. A library that is instrumented has a
 * haetae_library of its own, which leads to its tracer, meter and logger: to nothing before the
 * program has set a default SDK, and to those of the default from then on, in one comparison. So it
 * needs no call that initializes it, and works in programs without haetae's SDK.
 * Specification: "Get a Tracer", global providers. */
#ifndef HAETAE_LIBRARY_H
#define HAETAE_LIBRARY_H

#include "logs.h"
#include "metrics.h"
#include "sdk.h"
#include "trace.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* Makes `sdk` the default; NULL: there is none any more. Ownership: it stays the caller's;
 * haetae_sdk_free() also takes it back from here. Threads: any. */
HAETAE_API void haetae_set_default_sdk(haetae_sdk *sdk);

/* The default SDK; NULL, which is valid for each call, where none was set. Threads: any. */
HAETAE_API haetae_sdk *haetae_default_sdk(void);

/* A number that changes each time the default SDK does, and is never 0. A library that keeps
 * instruments makes them again when it has another one than it had when it made them. Threads: any.
 */
HAETAE_API uint64_t haetae_default_generation(void);

/* What a library has for itself, static or as long as any call uses it. Its layout is frozen. The
 * texts stay as they are. */
typedef struct haetae_library {
    haetae_string name;       /* the name of the scope */
    haetae_string version;    /* may be empty          */
    haetae_string schema_url; /* may be empty          */
    uint64_t opaque[8];       /* haetae's; zero at first */
} haetae_library;

/* A static one: HAETAE_LIBRARY(library, "acme.cache", "1.2"); */
#define HAETAE_LIBRARY(variable, name, version)                                                    \
    static haetae_library variable = {                                                             \
        {"" name, sizeof("" name) - 1}, {"" version, sizeof("" version) - 1}, {0, 0}, {0}}

/* The library's tracer, meter and logger in the default SDK; NULL, which is valid for each call,
 * where there is none. A call compares two numbers, and signal handlers may make it. The first one
 * after the default SDK has changed takes a lock and allocates: in a handler, make one before. The
 * result is valid as those of haetae_tracer_get() and others: do not keep it, ask each time.
 * NULL `library`: NULL. Threads: any. */
HAETAE_API haetae_tracer *haetae_library_tracer(haetae_library *library);
HAETAE_API haetae_meter *haetae_library_meter(haetae_library *library);
HAETAE_API haetae_logger *haetae_library_logger(haetae_library *library);

HAETAE_END_DECLS

#endif
