/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for the scopes of a configuration, and of a running SDK. */
#include "base/cancel.h"
#include "haetae/scope.h"
#include "sdk/config_internal.h"
#include "sdk/sdk_internal.h"

static bool is_signal(haetae_signal signal)
{
    return (int)signal >= 0 && (int)signal < HAETAE_SIGNAL_COUNT;
}

haetae_status haetae_config_add_scope_rule(haetae_config *config, haetae_signal signal,
                                           const char *pattern,
                                           const haetae_scope_config *scope_config)
{
    if (config == NULL || !is_signal(signal)) {
        return HAETAE_EINVAL;
    }
    return hae_scope_rules_add(&config->parts.scopes[signal], pattern, scope_config);
}

haetae_status haetae_config_set_configurator(haetae_config *config, haetae_signal signal,
                                             haetae_configurator callback, void *user)
{
    if (config == NULL || !is_signal(signal)) {
        return HAETAE_EINVAL;
    }
    config->parts.scopes[signal].callback = callback;
    config->parts.scopes[signal].user = user;
    return HAETAE_OK;
}

/* ---- A running SDK ----------------------------------------------------------------------------
 */

/* The rules of a signal's provider, and their lock. */
static struct hae_scope_rules *rules_of(haetae_sdk *sdk, haetae_signal signal,
                                        pthread_mutex_t **ret_lock)
{
    switch (signal) {
    case HAETAE_SIGNAL_TRACES:
        *ret_lock = &sdk->traces.lock;
        return &sdk->traces.scopes;
    case HAETAE_SIGNAL_METRICS:
        *ret_lock = &sdk->metrics.lock;
        return &sdk->metrics.scopes;
    default:
        *ret_lock = &sdk->logs.lock;
        return &sdk->logs.scopes;
    }
}

static void configure(haetae_sdk *sdk, haetae_signal signal)
{
    switch (signal) {
    case HAETAE_SIGNAL_TRACES:
        hae_tracer_provider_configure(&sdk->traces);
        break;
    case HAETAE_SIGNAL_METRICS:
        hae_meter_provider_configure(&sdk->metrics);
        break;
    default:
        hae_logger_provider_configure(&sdk->logs);
        break;
    }
}

haetae_status haetae_sdk_add_scope_rule(haetae_sdk *sdk, haetae_signal signal, const char *pattern,
                                        const haetae_scope_config *scope_config)
{
    HAE_HOLD_CANCELLATION();
    struct hae_scope_rules *rules;
    pthread_mutex_t *lock;
    haetae_status status;

    if (!is_signal(signal)) {
        return HAETAE_EINVAL;
    }
    if (sdk == NULL) {
        return HAETAE_OK;
    }
    rules = rules_of(sdk, signal, &lock);
    pthread_mutex_lock(lock);
    status = hae_scope_rules_add(rules, pattern, scope_config);
    pthread_mutex_unlock(lock);
    if (status == HAETAE_OK) {
        configure(sdk, signal);
    }
    return status;
}

haetae_status haetae_sdk_set_configurator(haetae_sdk *sdk, haetae_signal signal,
                                          haetae_configurator callback, void *user)
{
    HAE_HOLD_CANCELLATION();
    struct hae_scope_rules *rules;
    pthread_mutex_t *lock;

    if (!is_signal(signal)) {
        return HAETAE_EINVAL;
    }
    if (sdk == NULL) {
        return HAETAE_OK;
    }
    rules = rules_of(sdk, signal, &lock);
    pthread_mutex_lock(lock);
    rules->callback = callback;
    rules->user = user;
    pthread_mutex_unlock(lock);
    configure(sdk, signal);
    return HAETAE_OK;
}
