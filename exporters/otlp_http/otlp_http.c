/* SPDX-License-Identifier: Apache-2.0 */
#include "haetae/otlp_http.h"

#include <string.h>

#include "base/cancel.h"
#include "haetae/exporter.h"
#include "otlp/create.h"
#include "otlp/keys.h"
#include "otlp_http/jaeger_remote.h"
#include "otlp_http/json.h"
#include "otlp_http/protobuf.h"

static haetae_status create(void *user, haetae_config *config, uint32_t signals,
                            haetae_exporter **ret_exporter)
{
    return hae_http_exporter_create(user, config, signals, ret_exporter);
}

static const haetae_exporter_factory protobuf_factory = HAETAE_OPTIONS(
    haetae_exporter_factory, .name = "otlp", .protocols = "http/protobuf", .keys = hae_http_keys,
    .key_count = HAE_HTTP_KEY_COUNT, .user = (void *)&hae_http_protobuf, .create = create);
static const haetae_exporter_factory json_factory = HAETAE_OPTIONS(
    haetae_exporter_factory, .name = "otlp", .protocols = "http/json", .keys = hae_http_keys,
    .key_count = HAE_HTTP_KEY_COUNT, .user = (void *)&hae_http_json, .create = create);

haetae_status haetae_otlp_http_register(void)
{
    HAE_HOLD_CANCELLATION();
    haetae_status status = haetae_sampler_register("jaeger_remote", hae_jaeger_remote_create, NULL);

    if (status == HAETAE_OK) {
        status = haetae_exporter_register(&protobuf_factory);
    }
    return status == HAETAE_OK ? haetae_exporter_register(&json_factory) : status;
}

/* Runs when the shared library is loaded, or when a program starts that this object is linked
 * into. */
__attribute__((constructor)) static void register_at_load(void)
{
    (void)haetae_otlp_http_register();
}

/* Where the configuration says nothing else, protobuf. */
static const haetae_exporter_factory *chosen_factory(const haetae_config *config)
{
    const char *protocol = haetae_config_get(config, "OTEL_EXPORTER_OTLP_PROTOCOL");

    return protocol != NULL && strcmp(protocol, json_factory.protocols) == 0 ? &json_factory
                                                                             : &protobuf_factory;
}

haetae_status haetae_otlp_http_new(haetae_config *config, haetae_exporter **ret_exporter)
{
    HAE_HOLD_CANCELLATION();
    haetae_status status = haetae_otlp_http_register();

    return status == HAETAE_OK
               ? haetae_exporter_create(config, "otlp", chosen_factory(config)->protocols,
                                        ret_exporter)
               : status;
}
