/* SPDX-License-Identifier: Apache-2.0 */
/* What page.c asks of a format. */
#ifndef HAETAE_PROMETHEUS_WRITER_H
#define HAETAE_PROMETHEUS_WRITER_H

#include "exemplar.h"
#include "label.h"
#include "point.h"
#include "style.h"

struct hae_prom_family {
    haetae_string name;
    enum hae_prom_type type;
    haetae_string help;
    haetae_string unit; /* the word, when the name ends with it; else empty */
};

struct hae_prom_writer {
    const struct hae_prom_style *style;
    struct hae_buffer *out;
    const struct hae_prom_family *family;
    size_t family_at;           /* in `out`: where the family begins */
    struct hae_buffer rendered; /* labels, for the lines of one point */
    struct hae_buffer number;
};

/* The functions of a format. `labels` are sorted; `exemplars` have been read. */
struct hae_prom_format_ops {
    void (*begin)(struct hae_prom_writer *writer);
    void (*point)(struct hae_prom_writer *writer, const struct hae_prom_labels *labels,
                  const struct hae_prom_point *point, struct hae_prom_exemplars *exemplars);
    void (*end)(struct hae_prom_writer *writer);
    void (*finish)(struct hae_prom_writer *writer); /* the page */
};

#endif
