/* SPDX-License-Identifier: Apache-2.0 */
/* Includes cmocka.h and the headers that must come before it. */
#ifndef HAETAE_TESTS_SUPPORT_CORE_CMOCKA_H
#define HAETAE_TESTS_SUPPORT_CORE_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#endif
