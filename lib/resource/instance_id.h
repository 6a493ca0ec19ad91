/* SPDX-License-Identifier: Apache-2.0 */
/* A service.instance.id that a worker gets again when it comes back. */
#ifndef HAETAE_RESOURCE_INSTANCE_ID_H
#define HAETAE_RESOURCE_INSTANCE_ID_H

#include "haetae/types.h"
#include "resource/system.h"

/* Makes a UUID of the texts, the same for the same texts: version 5, in the namespace that
 * the semantic conventions have for this attribute.
 * Specification: semantic conventions, "service.instance.id"; RFC 9562, "UUID Version 5". */
void hae_instance_id_of(const haetae_string *texts, size_t count,
                        char ret_id[HAE_INSTANCE_ID_BYTES]);

#endif
