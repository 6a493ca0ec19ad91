/* SPDX-License-Identifier: Apache-2.0 */
/* The schema of opentelemetry-configuration, version 1.1, as tables, and what haetae makes of each
 * property: a row says its name, what it may be, and the key that it sets or the function that
 * applies it. A component that haetae learns is a row of its type in schema.c. */
#ifndef HAETAE_CONFIG_FILE_SCHEMA_H
#define HAETAE_CONFIG_FILE_SCHEMA_H

#include "type.h"

extern const struct hae_type hae_root_type __attribute__((visibility("hidden")));

#endif
