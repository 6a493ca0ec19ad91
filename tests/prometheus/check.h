/* SPDX-License-Identifier: Apache-2.0 */
/* Compares pages. */
#ifndef HAETAE_TESTS_PROMETHEUS_CHECK_H
#define HAETAE_TESTS_PROMETHEUS_CHECK_H

#include "build.h"

/* The defaults of the exporter. */
extern const struct hae_prom_options check_defaults;

/* Reports of the last page, a line each. */
extern char check_reports[4096];

/* The page of a request, for free(). */
char *check_page(const struct hae_prom_options *options, enum hae_prom_format format,
                 enum hae_prom_escaping escaping, struct hae_prom_request request,
                 size_t *ret_length);

/* That the page is this text, in a format with the default options; frees what is built. */
void check_text(struct build *build, const char *expected);
void check_openmetrics(struct build *build, const char *expected);
void check_with(struct build *build, const struct hae_prom_options *options,
                enum hae_prom_format format, enum hae_prom_escaping escaping, const char *expected);

#endif
