/* SPDX-License-Identifier: Apache-2.0 */
/* An exporter whose libcurl cannot be used any more: in a forked child, or when the host has closed
 * its descriptors. */
#ifndef HAETAE_OTLP_FORK_H
#define HAETAE_OTLP_FORK_H

#include "otlp/state.h"

/* The operation after_fork: marks the exporter as inherited. Async-signal-safe. */
void hae_http_exporter_in_child(void *self, bool idle);

/* When the host has closed descriptors of ours: closes the others. From then on the exporter is as
 * one that was inherited. */
void hae_http_exporter_lose_descriptors(struct hae_http_exporter *exporter);

/* Gives an inherited exporter a loop of its own. Errors: HAETAE_ENOMEM, HAETAE_EIO (no descriptor).
 */
haetae_status hae_http_exporter_own(struct hae_http_exporter *exporter);

/* Frees what can be freed of an inherited exporter. */
void hae_http_exporter_leave(struct hae_http_exporter *exporter);

#endif
