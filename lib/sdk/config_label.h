/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of exporters in names: OTEL_EXPORTER_OTLP_ENDPOINT__SEOUL is a key for the exporter
 * otlp/seoul. */
#ifndef HAETAE_SDK_CONFIG_LABEL_H
#define HAETAE_SDK_CONFIG_LABEL_H

#include "sdk/config_internal.h"

/* Splits the name of a key, such as OTEL_EXPORTER_OTLP_ENDPOINT__SEOUL, in two. False: it has no
 * suffix, no key has the first part, or that is no key of exporters. */
bool hae_config_split(const char *name, size_t *ret_key, const char **ret_suffix);

/* The settings of a suffix; NULL: there are none. */
struct hae_config_named *hae_config_find_named(const haetae_config *config, const char *suffix);

/* Splits the name of an exporter, such as otlp/seoul, in its own and its label: "" if it has
 * none. */
void hae_config_split_exporter(haetae_string name, haetae_string *ret_name,
                               haetae_string *ret_label);

#endif
