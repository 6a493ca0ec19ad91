/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the OTLP/HTTP exporter share: cmocka, and an exporter made
 * from a list of options. */
#ifndef HAETAE_TEST_OTLP_HTTP_HARNESS_H
#define HAETAE_TEST_OTLP_HTTP_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "haetae/otlp_http.h"
#include "support/fake_delivery.h"

#define KEY(name) "OTEL_EXPORTER_OTLP_" name

struct fake_endpoint {
    char url[64];
};

/* "http://127.0.0.1:<port>" or https. */
struct fake_endpoint fake_endpoint(const char *scheme, unsigned port);

/* One key of a configuration, in an array that ends with a NULL key. */
struct option {
    const char *key;
    const char *value;
};

/* A configuration with these values. Fails the test when one is refused. */
haetae_config *make_config(const struct option *options);

/* An exporter from these values. Fails the test when it cannot be made. */
haetae_exporter *make_exporter(const struct option *options);

#define OPTIONS(...)                                                                               \
    (const struct option[])                                                                        \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            NULL, NULL                                                                             \
        }                                                                                          \
    }

/* A delivery of a few bytes of traces. */
haetae_delivery a_delivery(void);

/* Skips the test, and says why, where libcurl is older. */
void skip_before_curl(unsigned major, unsigned minor, const char *why);

void assert_contains(const char *text, const char *part);
void assert_lacks(const char *text, const char *part);

#endif
