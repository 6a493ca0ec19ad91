/* SPDX-License-Identifier: Apache-2.0 */
/* A module that uses the library. unload_test.c loads it and finds `module` by name. */
#ifndef HAETAE_TESTS_EXIT_MODULE_H
#define HAETAE_TESTS_EXIT_MODULE_H

#include <stdint.h>

struct module {
    void (*begin)(void);
    void (*record)(void); /* records a span, a log and a measurement; any thread */
    void (*end)(void);    /* checks that all that was recorded is accounted for */
    uint64_t (*record_count)(void);
};

#endif
