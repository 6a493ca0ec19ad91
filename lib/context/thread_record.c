/* SPDX-License-Identifier: Apache-2.0 */
#include "context/thread_record.h"

#include <stddef.h>

#include "context/span_identity.h"
#include "recorder/thread.h"

/* The record's layout: 28 bytes, and no attributes behind them. */
_Static_assert(offsetof(struct hae_current, trace_id) == 0 &&
                   offsetof(struct hae_current, span_id) == 16 &&
                   offsetof(struct hae_current, valid) == 24 &&
                   offsetof(struct hae_current, trace_flags) == 25 &&
                   offsetof(struct hae_current, attributes_size) == 26,
               "profilers read it");

/* The name is the specification's. Other libraries in the process may have it too; then all of them
 * set the one that the loader found first. Profilers look for it in the dynamic symbols, and know
 * the general models of thread-local storage only. */
extern _Thread_local const void *otel_thread_ctx_v1
    __attribute__((visibility("default"), tls_model("global-dynamic"), weak));
_Thread_local const void *otel_thread_ctx_v1;

void hae_thread_record_show(const struct hae_current *current)
{
    otel_thread_ctx_v1 = current;
    hae_thread.shown = true;
}
