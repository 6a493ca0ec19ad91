/* SPDX-License-Identifier: Apache-2.0 */
/* An exporter in a forked child. */
#ifndef HAETAE_OTLP_FORK_H
#define HAETAE_OTLP_FORK_H

#include "otlp/state.h"

/* Takes note of the fork; the operation after_fork. Async-signal-safe. */
void hae_http_exporter_in_child(void *self, bool idle);

/* Makes the exporter this process's own, if it is not; false: no memory, or no descriptor. */
bool hae_http_exporter_own(struct hae_http_exporter *exporter);

/* Frees what can be freed of one that is not. */
void hae_http_exporter_leave(struct hae_http_exporter *exporter);

#endif
