/* SPDX-License-Identifier: Apache-2.0 */
#include "keys.h"

#include <stddef.h>

#define KEY(which, kind, value, most, words, text)                                                 \
    HAETAE_OPTIONS(haetae_config_key, .name = HAE_PROM_KEY_##which, .type = HAETAE_CONFIG_##kind,  \
                   .default_value = (value), .max = (most), .choices = (words), .help = (text))

const haetae_config_key hae_prom_keys[HAE_PROM_KEY_COUNT] = {
    KEY(HOST, TEXT, "localhost", 0, NULL,
        "The host or address whose interface metrics are served on"),
    KEY(PORT, COUNT, "9464", UINT16_MAX, NULL,
        "The port that metrics are served on; 0: one that is free"),
    KEY(COMPRESSION, CHOICE, "gzip", 0, "none|gzip", "How pages are compressed, if accepted"),
    KEY(CREATED, BOOL, "false", 0, NULL,
        "Whether OpenMetrics has a series with the start time of each other one"),
    KEY(HISTOGRAM, CHOICE, "explicit_bucket_histogram", 0,
        "explicit_bucket_histogram|base2_exponential_bucket_histogram",
        "The aggregation of histograms for which no view sets one"),
    KEY(PASSWORD_FILE, PATH, "", 0, NULL, "File with the password of the user, in its first line"),
    KEY(PASSWORD_HASH, SECRET, "", 0, NULL, "Hash of the user's password, as crypt(3) makes it"),
    KEY(PATH, TEXT, "/metrics", 0, NULL, "The path that metrics are served at"),
    KEY(LABELS, TEXT, "", 0, NULL,
        "Resource attributes that each series has as labels: keys, with wildcards * and ?"),
    KEY(LABELS_EXCLUDED, TEXT, "", 0, NULL,
        "Keys of these that are left out, with wildcards * and ?"),
    KEY(SCOPE_INFO, BOOL, "true", 0, NULL, "Whether series have otel_scope_ labels"),
    KEY(SERVER, BOOL, "true", 0, NULL, "Whether metrics are served by HTTP"),
    KEY(TARGET_INFO, BOOL, "true", 0, NULL, "Whether there is a series with the resource"),
    KEY(TIMEOUT, TIMEOUT, "10000", INT32_MAX, NULL, "The longest wait for a collection"),
    KEY(CERTIFICATE, PATH, "", 0, NULL, "PEM file with the server's certificate; unset: no TLS"),
    KEY(KEY, PATH, "", 0, NULL, "PEM file with the private key of the certificate"),
    KEY(STRATEGY, CHOICE, "underscore_escaping_with_suffixes", 0,
        "underscore_escaping_with_suffixes|underscore_escaping_without_suffixes|"
        "no_utf8_escaping_with_suffixes|no_translation",
        "How names of metrics become names for Prometheus"),
    KEY(USER, TEXT, "", 0, NULL, "The user that a scraper has to be; unset: anybody"),
};
