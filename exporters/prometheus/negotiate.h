/* SPDX-License-Identifier: Apache-2.0 */
/* Which format a scraper gets for its Accept header. Prometheus: "Scrape protocol content
 * negotiation"; specification: "Content Negotiation". */
#ifndef HAETAE_PROMETHEUS_NEGOTIATE_H
#define HAETAE_PROMETHEUS_NEGOTIATE_H

#include <stdbool.h>
#include <stddef.h>

#include "style.h"

enum { HAE_PROM_CONTENT_TYPE_BYTES = 160 };

struct hae_prom_choice {
    enum hae_prom_format format;
    enum hae_prom_escaping escaping;
    bool is_older;       /* text 0.0.4, OpenMetrics 0.0.1: their names are never UTF-8 */
    bool names_escaping; /* the scraper named one, and the answer does, too */
};

/* The best of what the header accepts; text 0.0.4 for a header that accepts none, and for NULL. */
struct hae_prom_choice hae_prom_negotiate(const char *accept);

/* The Content-Type of a page. */
void hae_prom_content_type(const struct hae_prom_choice *choice,
                           char ret_text[HAE_PROM_CONTENT_TYPE_BYTES]);

/* Whether an Accept-Encoding header, or NULL, accepts gzip. */
bool hae_prom_accepts_gzip(const char *accept_encoding);

#endif
