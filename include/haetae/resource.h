/* SPDX-License-Identifier: Apache-2.0 */
/* Resources: attributes that describe what sends telemetry.
 *
 * An SDK has one resource. It is made when the SDK starts, and never changes; see docs/config.md,
 * "The resource". A program adds to it with haetae_config_add_resource_attribute(),
 * haetae_config_add_resource() and its own detectors, or replaces it with
 * haetae_config_set_resource(). Threads: a resource may be used by one thread at a time; several
 * may read it. Specification: "Resource SDK". */
#ifndef HAETAE_RESOURCE_H
#define HAETAE_RESOURCE_H

#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* A set of attributes, each key once, and the URL of the schema that they follow. */
typedef struct haetae_resource haetae_resource;

/* Makes a resource without attributes and without a schema URL.
 * Ownership: the caller frees it with haetae_resource_free(). Output untouched on failure.
 * Errors: HAETAE_EINVAL, HAETAE_ENOMEM. Specification: "Create", "The empty resource". */
HAETAE_API haetae_status haetae_resource_new(haetae_resource **ret_resource);

/* NULL: does nothing. */
HAETAE_API void haetae_resource_free(haetae_resource *resource);

/* Adds a copy of an attribute of any type, in the place of one with the same key.
 * Errors: HAETAE_EINVAL (an empty key), HAETAE_ENOMEM; nothing has changed then. */
HAETAE_API haetae_status haetae_resource_put(haetae_resource *resource,
                                             const haetae_attribute *attribute);

/* Sets the schema URL, which is copied; empty: none.
 * Errors: HAETAE_EINVAL (no UTF-8, a control character, more than 2048 bytes), HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_resource_set_schema_url(haetae_resource *resource,
                                                        haetae_string url);

/* Adds the attributes of `updating` to `resource`; of equal keys, `updating` wins. If only one of
 * them has a schema URL, that one is kept.
 * Errors: HAETAE_ECONFLICT (both have one, and they differ: `resource` has the attributes of both
 * then, and no schema URL until haetae_resource_set_schema_url() sets one), HAETAE_EINVAL,
 * HAETAE_ENOMEM (some attributes may have been added). Specification: "Merge". */
HAETAE_API haetae_status haetae_resource_merge(haetae_resource *resource,
                                               const haetae_resource *updating);

/* The schema URL; empty when there is none, and for NULL. Valid until the resource changes. It does
 * not end with NUL. */
HAETAE_API haetae_string haetae_resource_schema_url(const haetae_resource *resource);

/* How many attributes there are; 0 for NULL. */
HAETAE_API size_t haetae_resource_count(const haetae_resource *resource);

/* Calls `visit` for each attribute, in the order of the keys. What the attribute points to is valid
 * during the call. A `visit` that returns false ends it.
 * Errors: HAETAE_EINVAL, HAETAE_ENOMEM (there was no memory for an array or a map; the attributes
 * before it were visited). Specification: "Retrieve attributes". */
HAETAE_API haetae_status haetae_resource_visit(const haetae_resource *resource,
                                               bool (*visit)(void *user,
                                                             const haetae_attribute *attribute),
                                               void *user);

/* ---- Detectors ---------------------------------------------------------------- */

/* Describes where a program runs. HAETAE_OPTIONS sets struct_size. */
typedef struct haetae_resource_detector {
    size_t struct_size;

    /* The name for HAETAE_RESOURCE_DETECTORS and configuration files: lower-case letters, digits
     * and _, at most 63; not one of the built-in detectors, "all" or "none". Copied. */
    const char *name;

    /* Passed to the functions. */
    void *user;

    /* Puts what it finds into `resource`, which is empty, belongs to the call, and must not be
     * kept. A detector that finds nothing returns HAETAE_OK. One that uses semantic conventions
     * sets their schema URL. Any other status is reported as a warning, and what it has put is left
     * out.
     * A separate thread calls it, with all signals blocked and a stack of 1 MiB, one detector after
     * the other. The start waits for it no longer than HAETAE_RESOURCE_TIMEOUT_MS; it may still be
     * running after that, and what it finds is dropped then.
     * With HAETAE_WORKER=manual no thread is started: haetae_start() calls it, and waits. */
    haetae_status (*detect)(void *user, haetae_resource *resource);

    /* Called once when nothing will call detect() any more; it may free `user`. Any thread may
     * call it. NULL: there is nothing to do. */
    void (*done)(void *user);
} haetae_resource_detector;

HAETAE_END_DECLS

#endif
