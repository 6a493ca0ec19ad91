/* SPDX-License-Identifier: Apache-2.0 */
/* Standard output, where what was written may be removed elsewhere. */
#ifndef HAETAE_RECOVER_OUTPUT_H
#define HAETAE_RECOVER_OUTPUT_H

#include <stdio.h>

/* Standard output. If it is a pipe, a write to the stream succeeds only when the reader has taken
 * all of it: when the reader goes away, as head and pagers do, what is still in the pipe is lost.
 * NULL: see errno. */
FILE *hae_rec_output(void);

#endif
