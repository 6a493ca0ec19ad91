/* SPDX-License-Identifier: Apache-2.0 */
/* HAETAE_KAFKA_OPTIONS: properties of librdkafka. */
#ifndef HAETAE_KAFKA_PROPERTIES_H
#define HAETAE_KAFKA_PROPERTIES_H

#include <librdkafka/rdkafka.h>

#include "haetae/status.h"
#include "secrets.h"

enum { HAE_KAFKA_WHY_BYTES = 320 };

/* Sets the properties of a list name=value,name=value, in which commas and percent signs are
 * percent-encoded, and adds their values to the secrets.
 * Errors: HAETAE_EVALUE: `ret_why` names the entry, and shows no value; HAETAE_ENOMEM. */
haetae_status hae_kafka_set_properties(rd_kafka_conf_t *conf, const char *list,
                                       struct hae_kafka_secrets *secrets,
                                       char ret_why[HAE_KAFKA_WHY_BYTES]);

#endif
