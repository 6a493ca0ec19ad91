/* SPDX-License-Identifier: Apache-2.0 */
/* TLS and the login: the keys for both, and how they go together. */
#ifndef HAETAE_KAFKA_SECURITY_H
#define HAETAE_KAFKA_SECURITY_H

#include "setter.h"

/* Reads and checks these keys. Errors: those of hae_kafka_settings_read(). */
haetae_status hae_kafka_read_security(const struct hae_kafka_setter *setter);

/* Whether clients of a configuration use TLS, whichever key or property says so. */
bool hae_kafka_uses_tls(const rd_kafka_conf_t *conf);

#endif
