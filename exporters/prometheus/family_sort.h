/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the metrics of a collection together by family. */
#ifndef HAETAE_PROMETHEUS_FAMILY_SORT_H
#define HAETAE_PROMETHEUS_FAMILY_SORT_H

#include "family.h"

/* Orders the metrics by family, and leaves out those that conflict. False: no memory. */
bool hae_prom_index_sort(struct hae_prom_index *index);

#endif
