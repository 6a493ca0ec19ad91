/* SPDX-License-Identifier: Apache-2.0 */
/* haetae-recover --spool --list. */
#ifndef HAETAE_RECOVER_LIST_H
#define HAETAE_RECOVER_LIST_H

#include "haetae/haetae.h"

/* Prints a line for each spool in a directory. Returns the exit status. */
int hae_rec_list(haetae_config *config, const char *directory);

#endif
