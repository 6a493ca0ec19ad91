/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls. */
#include "haetae/kafka.h"

#include "base/alloc.h"
#include "base/cancel.h"
#include "base/random.h"
#include "exit.h"
#include "exporter.h"
#include "keys.h"
#include "state.h"

/* Senders of trace ids must not know how the ids are hashed. */
static void seed(struct hae_kafka_exporter *exporter)
{
    struct hae_random random;

    hae_random_seed(&random);
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        exporter->settings.topics[signal].options.seed = random.a;
    }
}

static haetae_status create(void *user, haetae_config *config, uint32_t signals,
                            haetae_exporter **ret_exporter)
{
    haetae_exporter_ops ops = hae_kafka_exporter_ops;
    struct hae_kafka_exporter *exporter = hae_calloc(1, sizeof *exporter);
    char why[512] = "";
    haetae_status status;

    (void)user;
    if (exporter == NULL) {
        return HAETAE_ENOMEM;
    }
    status = hae_kafka_settings_read(config, signals, &exporter->settings);
    if (status != HAETAE_OK) {
        hae_free(exporter);
        return status;
    }
    seed(exporter);
    status = hae_kafka_client_new(&exporter->settings, &exporter->client, why, sizeof why);
    if (why[0] != '\0') {
        haetae_config_add_error(config, hae_kafka_key_of(config, why), why);
    }
    if (status == HAETAE_OK) {
        hae_kafka_exit_watch(exporter);
        ops.signals = signals;
        status = haetae_exporter_new(&ops, exporter, ret_exporter);
    }
    if (status != HAETAE_OK) {
        ops.free(exporter);
        return status;
    }
    exporter->notes.exporter = *ret_exporter;
    return HAETAE_OK;
}

static const haetae_exporter_factory factory =
    HAETAE_OPTIONS(haetae_exporter_factory, .name = "kafka", .keys = hae_kafka_keys,
                   .key_count = HAE_KAFKA_KEY_COUNT, .create = create);

haetae_status haetae_kafka_register(void)
{
    HAE_HOLD_CANCELLATION();
    return haetae_exporter_register(&factory);
}

/* Runs when the shared library is loaded, or when a program starts that this object is linked
 * into. */
__attribute__((constructor)) static void register_at_load(void)
{
    (void)haetae_kafka_register();
}

haetae_status haetae_kafka_new(haetae_config *config, haetae_exporter **ret_exporter)
{
    HAE_HOLD_CANCELLATION();
    haetae_status status = haetae_kafka_register();

    return status == HAETAE_OK ? haetae_exporter_create(config, factory.name, NULL, ret_exporter)
                               : status;
}
