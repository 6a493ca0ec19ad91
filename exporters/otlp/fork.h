/* SPDX-License-Identifier: Apache-2.0 */
/* An exporter in a forked child. */
#ifndef HAETAE_OTLP_FORK_H
#define HAETAE_OTLP_FORK_H

#include "otlp/state.h"

/* The operation after_fork: marks the exporter as inherited. Async-signal-safe. */
void hae_http_exporter_in_child(void *self, bool idle);

/* Gives an inherited exporter a loop of this process's own. False: no memory, or no descriptor. */
bool hae_http_exporter_own(struct hae_http_exporter *exporter);

/* Frees what can be freed of an inherited exporter. */
void hae_http_exporter_leave(struct hae_http_exporter *exporter);

#endif
