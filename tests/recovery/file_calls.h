/* SPDX-License-Identifier: Apache-2.0 */
/* Lets the file calls of the library fail, one after the other. The program is linked with
 * haetae_fail_file_calls of CMakeLists.txt. Only the thread that arms it is met. */
#ifndef HAETAE_TESTS_RECOVERY_FILE_CALLS_H
#define HAETAE_TESTS_RECOVERY_FILE_CALLS_H

#include <stdbool.h>

/* So many errors there are for each call, at most. */
enum { FILE_CALL_ERRORS = 3 };

/* From now on the call number `first` fails, and `all` after it, with the error number `error`
 * of those that the call may have. */
void file_calls_fail(long first, bool all, unsigned error);

/* They succeed again. Returns how many have failed. */
long file_calls_end(void);

/* The name of the call that failed first. */
const char *file_calls_failed(void);

#endif
