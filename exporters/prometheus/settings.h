/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration says, ready to be used. */
#ifndef HAETAE_PROMETHEUS_SETTINGS_H
#define HAETAE_PROMETHEUS_SETTINGS_H

#include "haetae/reader.h"
#include "password.h"
#include "style.h"

struct hae_prom_settings {
    bool serves;
    bool compresses;
    uint16_t port;
    char *host;
    char *path;
    uint32_t timeout_ms;
    haetae_aggregation histogram;
    struct hae_prom_options options; /* its patterns lie in `patterns` */
    haetae_string *patterns;
    char *pattern_texts[2];
    struct hae_prom_password password;
    char *certificate; /* what is in the files, for the server; NULL: no TLS */
    char *key;
};

/* Reads all. Errors: HAETAE_EVALUE, HAETAE_ENOMEM, HAETAE_EIO (a file cannot be read); what is
 * wrong is added to the text of haetae_config_error(). On failure there is nothing to free. */
haetae_status hae_prom_settings_read(haetae_config *config, struct hae_prom_settings *ret_settings);

/* Frees certificate and key, which nobody needs any more once the server has started. */
void hae_prom_settings_forget_tls(struct hae_prom_settings *settings);
void hae_prom_settings_done(struct hae_prom_settings *settings);

#endif
