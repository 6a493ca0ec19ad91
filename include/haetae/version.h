/* SPDX-License-Identifier: Apache-2.0 */
/* The versions of these headers, and of the library that is linked. */
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
#define HAETAE_VERSION                                                                             \
    HAETAE_VERSION_TEXT(HAETAE_VERSION_MAJOR, HAETAE_VERSION_MINOR, HAETAE_VERSION_PATCH)

/* "major.minor.patch" of three numbers; part of HAETAE_VERSION only. */
#define HAETAE_VERSION_TEXT(major, minor, patch)  HAETAE_VERSION_QUOTE(major, minor, patch)
#define HAETAE_VERSION_QUOTE(major, minor, patch) #major "." #minor "." #patch

HAETAE_BEGIN_DECLS

/* The version of the library that is linked, as "major.minor.patch". It differs from
 * HAETAE_VERSION when the program was compiled with other headers.
 * Threads: any. The string is static. */
HAETAE_API const char *haetae_version(void);

/* The version of the interface that these headers declare. */
#define HAETAE_ABI_VERSION 1

/* The version of the interface of the library that is linked: a number that rises by 1
 * with each release that adds a function, a field of an option struct or a code. When it
 * is not below a caller's HAETAE_ABI_VERSION, the library has all that the caller's
 * headers declare; when it is below, functions may be missing and newer fields have no
 * effect. What would break a caller gets another soname instead. docs/abi.md has the rules.
 * Threads: any. */
HAETAE_API unsigned haetae_abi_version(void);

HAETAE_END_DECLS

#endif
