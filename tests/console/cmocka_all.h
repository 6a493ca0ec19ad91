/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka, after the headers that it needs. */
#ifndef HAETAE_TESTS_CONSOLE_CMOCKA_ALL_H
#define HAETAE_TESTS_CONSOLE_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#endif
