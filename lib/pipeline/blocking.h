/* SPDX-License-Identifier: Apache-2.0 */
/* The adapter of an exporter that blocks: the pipeline sees an exporter that does not, whose
 * send() hands over to a thread (export_thread.h). */
#ifndef HAETAE_PIPELINE_BLOCKING_H
#define HAETAE_PIPELINE_BLOCKING_H

#include "haetae/exporter.h"

/* Replaces operations that block, and what they work on, by the adapter's.
 * Ownership: on HAETAE_OK the old `self` is the adapter's. Errors: HAETAE_ENOMEM, with
 * nothing changed. */
haetae_status hae_blocking_wrap(haetae_exporter_ops *ops, void **self);

/* Asks the thread of an exporter that blocks to stop, before the exporter is freed, which then
 * waits until `leave_ns` at most (hae_export_thread_stop()). Does nothing when these are not the
 * adapter's operations. */
void hae_blocking_stop(const haetae_exporter_ops *ops, void *self, uint64_t leave_ns);

#endif
