/* SPDX-License-Identifier: Apache-2.0 */
#include "base/thread.h"

#include <errno.h>
#include <signal.h>

/* With a stack of our size; where there is no room for the variables of threads in it, with the
 * default one. */
static int create(pthread_t *ret_thread, void *(*run)(void *), void *argument)
{
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);

    if (error == 0) {
        error = pthread_attr_setstacksize(&attributes, HAE_THREAD_STACK_BYTES);
        if (error == 0) {
            error = pthread_create(ret_thread, &attributes, run, argument);
        }
        pthread_attr_destroy(&attributes);
    }
    return error == EINVAL ? pthread_create(ret_thread, NULL, run, argument) : error;
}

haetae_status hae_thread_start(pthread_t *ret_thread, void *(*run)(void *), void *argument)
{
    sigset_t all, before;
    int error;

    /* The thread inherits the mask. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = create(ret_thread, run, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error == 0 ? HAETAE_OK : HAETAE_ETHREAD;
}
