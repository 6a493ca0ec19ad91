/* SPDX-License-Identifier: Apache-2.0 */
#include "haetae/otlp_grpc.h"

#include "base/cancel.h"
#include "grpc.h"
#include "haetae/exporter.h"
#include "otlp/create.h"
#include "otlp/keys.h"

static haetae_status create(void *user, haetae_config *config, uint32_t signals,
                            haetae_exporter **ret_exporter)
{
    return hae_http_exporter_create(user, config, signals, ret_exporter);
}

static const haetae_exporter_factory factory = HAETAE_OPTIONS(
    haetae_exporter_factory, .name = "otlp", .protocols = "grpc", .keys = hae_http_keys,
    .key_count = HAE_GRPC_KEY_COUNT, .user = (void *)&hae_grpc, .create = create);

haetae_status haetae_otlp_grpc_register(void)
{
    HAE_HOLD_CANCELLATION();
    return haetae_exporter_register(&factory);
}

/* Runs when the shared library is loaded, or when a program starts that this object is linked
 * into. */
__attribute__((constructor)) static void register_at_load(void)
{
    (void)haetae_otlp_grpc_register();
}

haetae_status haetae_otlp_grpc_new(haetae_config *config, haetae_exporter **ret_exporter)
{
    HAE_HOLD_CANCELLATION();
    haetae_status status = haetae_otlp_grpc_register();

    return status == HAETAE_OK
               ? haetae_exporter_create(config, factory.name, factory.protocols, ret_exporter)
               : status;
}
