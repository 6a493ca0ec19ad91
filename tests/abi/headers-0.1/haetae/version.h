/* SPDX-License-Identifier: Apache-2.0 */
/* The version of the headers, and of the library that is running. */
#ifndef HAETAE_VERSION_H
#define HAETAE_VERSION_H

#if defined(HAETAE_STATIC)
#define HAETAE_API
#elif defined(__GNUC__)
#define HAETAE_API __attribute__((visibility("default")))
#else
#define HAETAE_API
#endif

#ifdef __cplusplus
#define HAETAE_BEGIN_DECLS extern "C" {
#define HAETAE_END_DECLS   }
#else
#define HAETAE_BEGIN_DECLS
#define HAETAE_END_DECLS
#endif

#define HAETAE_VERSION_MAJOR 0
#define HAETAE_VERSION_MINOR 1
#define HAETAE_VERSION_PATCH 0
#define HAETAE_VERSION       "0.1.0"

HAETAE_BEGIN_DECLS

/* The version of the library that is linked, as "major.minor.patch".
 * Compare it with HAETAE_VERSION to find a header and a library that differ.
 * Threads: any. The string lives as long as the library is loaded. */
HAETAE_API const char *haetae_version(void);

HAETAE_END_DECLS

#endif
