/* SPDX-License-Identifier: Apache-2.0 */
/* The resource: what it is that sends telemetry. Later sources win: the SDK's own attributes, what
 * detectors find, OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME, attributes added in code.
 * Specification: "Resource SDK"; semantic conventions for service, telemetry,
 * process, host and os. */
#ifndef HAETAE_SDK_RESOURCE_H
#define HAETAE_SDK_RESOURCE_H

#include "resource/system.h"
#include "sdk/config_internal.h"

/* Puts all attributes into an empty `resource`. On failure it is to be freed as well. `system` has
 * the id of the instance afterwards that the resource has, where the library has made it. What was
 * ignored is among the warnings of `config`. Errors: HAETAE_ENOMEM. */
haetae_status hae_resource_gather(struct haetae_resource *resource,
                                  struct hae_resource_system *system, haetae_config *config);

/* All of this in one, for this process. `resource` is empty before.
 * Ownership: the caller's, for hae_resource_done(), also on failure. Errors: HAETAE_ENOMEM. */
haetae_status hae_resource_describe(struct haetae_resource *resource, haetae_config *config,
                                    struct hae_resource_process *ret_process);

/* For a forked child, which is another process and instance: writes the Resource message as
 * hae_resource_encode() did, as far as what was seen of `seen`, an ancestor, is in it with `own`
 * instead; what the host had set stays. Writes at most what hae_resource_encode() has made room
 * for, the URL of the schema behind it, and returns how much it is without that. Async-signal-safe.
 */
size_t hae_resource_rewrite(const struct haetae_resource *resource,
                            const struct hae_resource_process *seen,
                            const struct hae_resource_process *own, uint8_t *ret_data);

#endif
