/* SPDX-License-Identifier: Apache-2.0 */
/* A module that uses the library, as unload_test.c loads it. It finds `module` by name. */
#ifndef HAETAE_TESTS_EXIT_MODULE_H
#define HAETAE_TESTS_EXIT_MODULE_H

#include <stdint.h>

struct module {
    void (*begin)(void);
    void (*record)(void); /* a span, a log, a measurement; by any thread */
    void (*end)(void);    /* checks that all that was recorded is accounted for */
    uint64_t (*record_count)(void);
};

#endif
