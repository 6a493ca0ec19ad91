/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/some_keys.h"

#include <stdlib.h>

#define KEY(option, kind, value, most, words)                                                      \
    HAETAE_OPTIONS(haetae_config_key, .name = "HAETAE_SOME_" option, .type = HAETAE_CONFIG_##kind, \
                   .default_value = (value), .max = (most), .choices = (words),                    \
                   .help = "A key of a test")

static const haetae_config_key keys[] = {
    KEY("HEADERS", SECRET, "", 0, NULL),
    KEY("ENDPOINT", URL, "http://localhost:4318", 0, NULL),
    KEY("FILE", PATH, "", 0, NULL),
    KEY("TIMEOUT", TIMEOUT, "10000", 20000, NULL),
    KEY("MODE", CHOICE, "safe", 0, "fast|safe"),
};

haetae_status some_create_status;
const char *some_create_error;
uint32_t some_taken_signals;
uint32_t some_signals;
int some_live_count;

static void accept(void *self, haetae_delivery *delivery)
{
    const haetae_result result = HAETAE_OPTIONS(haetae_result, .verdict = HAETAE_VERDICT_OK);

    (void)self;
    haetae_delivery_complete(delivery, &result);
}

static void count_down(void *self)
{
    (void)self;
    some_live_count--;
}

static haetae_status create(void *user, haetae_config *config, uint32_t signals,
                            haetae_exporter **ret_exporter)
{
    const haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "some", .send = accept, .free = count_down,
                       .signals = some_taken_signals);
    haetae_status status = some_create_status;

    (void)user;
    some_signals = signals;
    if (some_create_error != NULL) {
        haetae_config_add_error(config, "HAETAE_SOME_ENDPOINT", some_create_error);
    }
    if (status == HAETAE_OK) {
        status = haetae_exporter_new(&ops, NULL, ret_exporter);
    }
    some_live_count += status == HAETAE_OK;
    return status;
}

void some_keys_register(void)
{
    static const haetae_exporter_factory factory =
        HAETAE_OPTIONS(haetae_exporter_factory, .name = "some", .protocols = "tin/can|smoke",
                       .keys = keys, .key_count = sizeof keys / sizeof keys[0], .create = create);

    if (haetae_exporter_register(&factory) != HAETAE_OK) {
        abort();
    }
}
