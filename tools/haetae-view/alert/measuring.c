/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/measuring.h"

/* How often a question is asked that has to make way for requests. */
#define TRIES 8

int hae_view_measuring_ask(const struct hae_view_measuring *measuring, hae_view_measuring_fn *ask,
                           void *user)
{
    int code = SQLITE_INTERRUPT;
    for (int i = 0; i < TRIES && code == SQLITE_INTERRUPT; i++) {
        code = ask(measuring, hae_view_database_read(measuring->database), user);
        hae_view_database_read_done(measuring->database);
    }
    return code;
}
