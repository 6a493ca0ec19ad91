/* SPDX-License-Identifier: Apache-2.0 */
/* For what runs in a forked child, where assertions have no way back. */
#ifndef HAETAE_TESTS_RECOVERY_CHILD_H
#define HAETAE_TESTS_RECOVERY_CHILD_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define EXPECT(condition) expect(condition, #condition, __FILE__, __LINE__)
static inline void expect(bool condition, const char *text, const char *file, int line)
{
    if (!condition) {
        fprintf(stderr, "%s:%d: in a child: %s\n", file, line, text);
        _exit(1);
    }
}

static inline void limit_file_size(rlim_t most)
{
    struct rlimit limits;

    EXPECT(getrlimit(RLIMIT_FSIZE, &limits) == 0);
    limits.rlim_cur = most;
    EXPECT(setrlimit(RLIMIT_FSIZE, &limits) == 0);
}

#endif
