/* SPDX-License-Identifier: Apache-2.0 */
#include "base/thread.h"

#include <signal.h>

haetae_status hae_thread_start(pthread_t *ret_thread, void *(*run)(void *), void *argument)
{
    sigset_t all, before;
    int error;

    /* The thread inherits the mask. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(ret_thread, NULL, run, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error == 0 ? HAETAE_OK : HAETAE_ETHREAD;
}
