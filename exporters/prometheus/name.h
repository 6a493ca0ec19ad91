/* SPDX-License-Identifier: Apache-2.0 */
/* Names of metrics and labels: the translation strategy first, then the escaping that the scraper
 * asked for. Specification: "Metric Metadata", "Metric Attributes", "Interaction with Translation
 * Strategy"; Prometheus: "Escaping schemes". */
#ifndef HAETAE_PROMETHEUS_NAME_H
#define HAETAE_PROMETHEUS_NAME_H

#include "base/buffer.h"
#include "haetae/types.h"
#include "style.h"

/* Adds the name of a family: with unit and _total where the strategy has suffixes. In OpenMetrics a
 * counter's family is named without the _total that its series have. One whose series do not have
 * it cannot be a counter there. Returns the type that the family has. */
enum hae_prom_type hae_prom_put_family(struct hae_buffer *out, const struct hae_prom_style *style,
                                       haetae_string name, haetae_string unit,
                                       enum hae_prom_type type);

/* Adds the name of a label. */
void hae_prom_put_label(struct hae_buffer *out, const struct hae_prom_style *style,
                        haetae_string key);

#endif
