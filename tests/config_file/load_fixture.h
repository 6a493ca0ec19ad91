/* SPDX-License-Identifier: Apache-2.0 */
/* Loads configuration files, and reads what they have set. */
#ifndef HAETAE_TESTS_CONFIG_FILE_LOAD_FIXTURE_H
#define HAETAE_TESTS_CONFIG_FILE_LOAD_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "haetae/config_file.h"
#include "haetae/console.h"
#include "haetae/haetae.h"
#include "haetae/otlp_http.h"
#include "support/temporary.h"

/* Each test has a configuration as its state, and an empty environment. */
int set_up(void **state);
int tear_down(void **state);

/* The beginning of a file; and of one with traces, up to where an exporter's options are. */
#define FORMAT "file_format: \"1.1\"\n"
#define TRACES                                                                                     \
    FORMAT "tracer_provider:\n  processors:\n    - batch:\n        exporter:\n          "          \
           "console:\n"

/* Loads a text as f.yaml; the second must succeed. */
haetae_status load(haetae_config *config, const char *text);
void loads(haetae_config *config, const char *text);

/* That a key has a value. */
void is(const haetae_config *config, const char *key, const char *value);

/* Each text has one fault, and the line about it begins in this way and has this in it. */
void refused(haetae_config *config, haetae_status status, const char *text, const char *begins,
             const char *has);
haetae_sdk *start(haetae_config *config);

/* How many exporters may still be added, of eight. */
int exporters_left(haetae_config *config);

/* Writes a file of its own, which the caller removes. */
void write_file(char path[TEMPORARY_PATH_MAX], const char *text);

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
