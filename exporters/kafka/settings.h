/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration says, ready to be used. */
#ifndef HAETAE_KAFKA_SETTINGS_H
#define HAETAE_KAFKA_SETTINGS_H

#include <librdkafka/rdkafka.h>

#include "haetae/config.h"
#include "haetae/signal.h"
#include "plan.h"
#include "secrets.h"

struct hae_kafka_topic {
    char *name; /* NULL: the exporter is not for the signal */
    int timeout_ms;
    struct hae_kafka_options options;
};

/* Constant once read. */
struct hae_kafka_settings {
    rd_kafka_conf_t *conf; /* what each client begins with */
    struct hae_kafka_topic topics[HAETAE_SIGNAL_COUNT];
    struct hae_kafka_secrets secrets;
    bool tls;
};

/* Reads and checks the keys for `signals`, a bit set of 1 << haetae_signal.
 * Ownership: on HAETAE_OK the caller's, for hae_kafka_settings_done(); else there is nothing to
 * free. Errors: HAETAE_EVALUE, which haetae_config_error() explains; HAETAE_ENOMEM; HAETAE_EKEY. */
haetae_status hae_kafka_settings_read(haetae_config *config, uint32_t signals,
                                      struct hae_kafka_settings *ret_settings);
void hae_kafka_settings_done(struct hae_kafka_settings *settings);

/* The key whose value librdkafka speaks of as it refuses to make a client; NULL: which one it is is
 * not known. */
const char *hae_kafka_key_of(const haetae_config *config, const char *why);

#endif
