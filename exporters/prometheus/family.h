/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics of a collection, from whatever scope and request, each with the name of its family in
 * the page. family_sort.h puts families together. Specification: "Metric Metadata". */
#ifndef HAETAE_PROMETHEUS_FAMILY_H
#define HAETAE_PROMETHEUS_FAMILY_H

#include "base/buffer.h"
#include "haetae/status.h"
#include "point.h"
#include "style.h"

/* Receives a line about what was left out. */
typedef void hae_prom_report(void *user, const char *text);

struct hae_prom_metric {
    haetae_string family; /* set by hae_prom_index_sort() */
    size_t family_at;
    size_t order; /* of appearance */
    haetae_string help;
    haetae_string unit;
    enum hae_prom_type type;
    hae_prom_kind kind;
    struct hae_reader points; /* the Gauge, Sum, … */
    struct hae_reader scope;  /* the InstrumentationScope */
    haetae_string schema_url;
    struct hae_reader resource;
    bool clashes; /* its family has the name of a sample of another one */
};

struct hae_prom_index {
    const struct hae_prom_style *style;
    hae_prom_report *report;
    void *user;
    struct hae_prom_metric *list;
    size_t count;
    size_t capacity;
    struct hae_buffer names;
    struct hae_reader resource; /* the first that has attributes */
    bool failed;                /* out of memory */
};

void hae_prom_index_init(struct hae_prom_index *index, const struct hae_prom_style *style,
                         hae_prom_report *report, void *user);
void hae_prom_index_done(struct hae_prom_index *index);

/* Adds the metrics of a serialized ExportMetricsServiceRequest, which stays as it is while the
 * index is used. False: malformed. */
bool hae_prom_index_add(struct hae_prom_index *index, const uint8_t *request, size_t size_bytes);

/* Reports that a metric is left out, and why; `name` may be hostile text. */
void hae_prom_index_report(const struct hae_prom_index *index, haetae_string name, const char *why);

/* The name of the family with the resource. */
const char *hae_prom_target_family(const struct hae_prom_style *style);

#endif
