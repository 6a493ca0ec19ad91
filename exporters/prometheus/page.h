/* SPDX-License-Identifier: Apache-2.0 */
/* A page: the requests of one collection in the format that a scraper asked for.
 *
 * This folder: page.c goes through families (family.c, family_sort.c) and points (point.c,
 * exemplar.c, label.c) and writes them by text.c or protobuf.c, with names by name.c and unit.c.
 * None of them knows of HTTP or of an SDK. They include lib/base and lib/wire. */
#ifndef HAETAE_PROMETHEUS_PAGE_H
#define HAETAE_PROMETHEUS_PAGE_H

#include "base/buffer.h"
#include "family.h"

/* A serialized ExportMetricsServiceRequest. */
struct hae_prom_request {
    const uint8_t *data;
    size_t size_bytes;
};

/* Adds the page to `out`. On failure `out` holds a part of it. `report` may be NULL.
 * Errors: HAETAE_EFORMAT (a request is malformed), HAETAE_ENOMEM. */
haetae_status hae_prom_page(const struct hae_prom_style *style,
                            const struct hae_prom_request *requests, size_t count,
                            struct hae_buffer *out, hae_prom_report *report, void *user);

#endif
