/* SPDX-License-Identifier: Apache-2.0 */
/* Part of every test. On a busy machine a thread that has to stop may be scheduled late; the
 * library leaves it behind soon, and it would go on with memory that the test has given to
 * something else. So a test waits for it, however long that takes. */
#include "pipeline/export_thread.h"
#include "pipeline/worker.h"

/* Weak: many tests have no pipeline. */
#pragma weak hae_worker_set_grace_ms
#pragma weak hae_export_thread_set_grace_ms

__attribute__((constructor)) static void be_patient(void)
{
    enum { LONG_MS = 600000 };

    if (hae_worker_set_grace_ms != NULL) {
        hae_worker_set_grace_ms(LONG_MS);
    }
    if (hae_export_thread_set_grace_ms != NULL) {
        hae_export_thread_set_grace_ms(LONG_MS);
    }
}
