/* SPDX-License-Identifier: Apache-2.0 */
/* The default SDK of the process, and how a library finds it.
 *
 * A program starts an SDK and makes it the default. An instrumented library has its own
 * haetae_library, which gives it a tracer, a meter and a logger: NULL before the program has set a
 * default SDK, and those of the default from then on, after one comparison. So it needs no call
 * that initializes it, and works in programs without haetae's SDK.
 * Specification: "Get a Tracer", global providers. */
#ifndef HAETAE_LIBRARY_H
#define HAETAE_LIBRARY_H

#include "logs.h"
#include "metrics.h"
#include "sdk.h"
#include "trace.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* Makes `sdk` the default; NULL: there is no default any more. Ownership: it stays the caller's;
 * haetae_sdk_free() also removes it as the default. Threads: any. */
HAETAE_API void haetae_set_default_sdk(haetae_sdk *sdk);

/* The default SDK; NULL, which is valid for each call, where none was set. Threads: any. */
HAETAE_API haetae_sdk *haetae_default_sdk(void);

/* A number that changes each time the default SDK does, and is never 0. A library that keeps
 * instruments makes them again when the number has changed. Threads: any. */
HAETAE_API uint64_t haetae_default_generation(void);

/* A library's own data: static, or valid as long as any call uses it. Its layout is frozen. The
 * texts must not change. */
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

/* The library's tracer, meter and logger in the default SDK; NULL, which is valid for each call, if
 * there is none. A call compares two numbers, and signal handlers may make it. The first call after
 * the default SDK has changed takes a lock and allocates: make it outside of handlers. The result
 * is valid like those of haetae_tracer_get() and others: do not keep it, ask each time.
 * NULL `library`: NULL. Threads: any. */
HAETAE_API haetae_tracer *haetae_library_tracer(haetae_library *library);
HAETAE_API haetae_meter *haetae_library_meter(haetae_library *library);
HAETAE_API haetae_logger *haetae_library_logger(haetae_library *library);

HAETAE_END_DECLS

#endif
