/* SPDX-License-Identifier: Apache-2.0 */
/* Baggage: names and values that travel with a request, from service to service, beside the trace.
 *
 * A baggage never changes; a call that changes something makes another one. Any number of threads
 * may use one at once. It is reference-counted, and freed when the last reference is released:
 * a call that makes a baggage gives the caller one reference. NULL is an empty baggage for each
 * call.
 *
 * It works without an SDK. The receiver of a request may see it, and so may the servers that the
 * receiver calls: haetae_context_with_baggage(context, NULL, …) removes it before a call to a
 * server that is not trusted. Names and values are UTF-8 and compared byte by byte. Text is a
 * pointer and a length.
 * Specification: "Baggage API"; W3C Baggage. */
#ifndef HAETAE_BAGGAGE_H
#define HAETAE_BAGGAGE_H

#include "context.h"
#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

typedef struct haetae_baggage haetae_baggage;

/* The most entries of a baggage, and the most bytes of its names, values and metadata together. */
#define HAETAE_BAGGAGE_ENTRIES_MAX 1024
#define HAETAE_BAGGAGE_BYTES_MAX   1048576

/* The most members and bytes of the header. W3C Baggage 3.3.2. */
#define HAETAE_BAGGAGE_HEADER_MEMBERS_MAX 64
#define HAETAE_BAGGAGE_HEADER_BYTES_MAX   8192

/* Adds a reference, for haetae_baggage_unref(), and returns `baggage`. */
HAETAE_API haetae_baggage *haetae_baggage_ref(const haetae_baggage *baggage);

/* Releases a reference. NULL: does nothing. */
HAETAE_API void haetae_baggage_unref(haetae_baggage *baggage);

/* Makes a baggage like `baggage` with a value for a name, in place of an older one. `metadata` is
 * the part of a member after its first semicolon, e.g. "ttl=60;secret". It has no meaning to the
 * library and may be empty. The arguments stay the caller's. Output untouched on failure.
 * Errors: HAETAE_EINVAL (NULL `ret_baggage`, an empty name, text that is not UTF-8), HAETAE_ENOMEM,
 * HAETAE_ELIMIT. Threads: any. Specification: "Set Value". */
HAETAE_API haetae_status haetae_baggage_set(const haetae_baggage *baggage, const char *name,
                                            size_t name_length, const char *value,
                                            size_t value_length, const char *metadata,
                                            size_t metadata_length, haetae_baggage **ret_baggage);

/* `baggage` without a name. *ret_baggage is NULL when nothing is left.
 * Output untouched on failure. Errors: HAETAE_EINVAL, HAETAE_ENOMEM. Threads: any.
 * Specification: "Remove Value". */
HAETAE_API haetae_status haetae_baggage_remove(const haetae_baggage *baggage, const char *name,
                                               size_t name_length, haetae_baggage **ret_baggage);

/* Finds the value of a name, and its metadata. The texts end with NUL, and are valid as long as the
 * baggage. False, and they are empty: there is none. `ret_value` and `ret_metadata` may be NULL.
 * Threads: any. Specification: "Get Value". */
HAETAE_API bool haetae_baggage_get(const haetae_baggage *baggage, const char *name,
                                   size_t name_length, haetae_string *ret_value,
                                   haetae_string *ret_metadata);

/* The number of entries, and entry number `index` of them. False, and the texts are empty: there
 * are no more. The order means nothing. Specification: "Get All Values". */
HAETAE_API size_t haetae_baggage_count(const haetae_baggage *baggage);
HAETAE_API bool haetae_baggage_at(const haetae_baggage *baggage, size_t index,
                                  haetae_string *ret_name, haetae_string *ret_value,
                                  haetae_string *ret_metadata);

/* ---- In a context ------------------------------------------------------------- */

/* The baggage of a context; NULL: it has none. NULL `context`: the thread's current one. It is
 * valid as long as the context, that of the current context as long as it stays attached. Threads:
 * any. Specification: "Context Interaction". */
HAETAE_API const haetae_baggage *haetae_context_baggage(const haetae_context *context);

/* Makes a context like `context` with another baggage; the new context takes its own reference.
 * NULL `baggage`: without any. Output untouched on failure. Threads: any.
 * Errors: HAETAE_EINVAL, HAETAE_ENOMEM, HAETAE_ELIMIT as haetae_context_with_value().
 * Specification: "Context Interaction", "Clear Baggage in the Context". */
HAETAE_API haetae_status haetae_context_with_baggage(const haetae_context *context,
                                                     const haetae_baggage *baggage,
                                                     haetae_context **ret_context);

/* ---- W3C Baggage -------------------------------------------------------------- */

/* Reads the value of a header, e.g. "user=%ED%9D%AC,tier=gold;ttl=60". Members that are malformed
 * are left out, and those above 64 or beyond 8192 bytes. Of two members with the same name the
 * later one wins. What is percent-encoded and not UTF-8 becomes U+FFFD. *ret_baggage is NULL for a
 * header without members. Output untouched on failure. Threads: any.
 * Errors: HAETAE_EINVAL (NULL `ret_baggage`), HAETAE_EFORMAT (all members are malformed),
 * HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_baggage_parse(const char *text, size_t length,
                                              haetae_baggage **ret_baggage);

/* The header for a baggage, which ends with NUL, is valid as long as the baggage, and is at most
 * HAETAE_BAGGAGE_HEADER_BYTES_MAX long; empty if there is nothing to send. It leaves out members
 * above 64 and those that do not fit, names that are not an HTTP token, and metadata that a header
 * cannot hold. Threads: any. */
HAETAE_API haetae_string haetae_baggage_header(const haetae_baggage *baggage);

HAETAE_END_DECLS

#endif
