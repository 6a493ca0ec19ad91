/* SPDX-License-Identifier: Apache-2.0 */
/* What a fuzzer does when the library broke a promise. */
#ifndef HAETAE_FUZZ_SUPPORT_CHECK_H
#define HAETAE_FUZZ_SUPPORT_CHECK_H

#include <stdio.h>
#include <stdlib.h>

/* Prints why and aborts, unless the condition holds. */
#define FUZZ_CHECK(holds, ...)                                                                     \
    do {                                                                                           \
        if (!(holds)) {                                                                            \
            fprintf(stderr, "%s:%d: %s does not hold: ", __FILE__, __LINE__, #holds);              \
            fprintf(stderr, __VA_ARGS__);                                                          \
            fputc('\n', stderr);                                                                   \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
