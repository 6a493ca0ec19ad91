/* SPDX-License-Identifier: Apache-2.0 */
/* haetae_start(): from what is configured and linked to a running SDK. */
#include <stdio.h>

#include "base/diagnostics.h"
#include "base/printable.h"
#include "haetae/sdk.h"
#include "pipeline/exporter.h"
#include "sdk/config_check.h"
#include "sdk/config_error.h"
#include "sdk/config_read.h"
#include "sdk/factory.h"

/* The factories that a configuration asks for, and for which signals. */
struct choices {
    struct {
        const haetae_exporter_factory *factory;
        uint32_t signals;
    } rows[HAE_CONFIG_EXPORTERS_MAX];
    size_t count;
};

/* ---- Which factories ---------------------------------------------------- */

static bool is_otlp(haetae_string name)
{
    return hae_config_same_name(name, haetae_string_of("otlp"));
}

/* The key that says how a signal's OTLP is spoken: its own where it is set. */
static size_t protocol_key(const haetae_config *config, haetae_signal signal)
{
    static const enum hae_config_key keys[HAETAE_SIGNAL_COUNT] = {
        [HAETAE_SIGNAL_TRACES] = HAE_KEY_OTEL_EXPORTER_OTLP_TRACES_PROTOCOL,
        [HAETAE_SIGNAL_METRICS] = HAE_KEY_OTEL_EXPORTER_OTLP_METRICS_PROTOCOL,
        [HAETAE_SIGNAL_LOGS] = HAE_KEY_OTEL_EXPORTER_OTLP_LOGS_PROTOCOL,
    };

    return hae_config_is_set(config, keys[signal]) ? keys[signal]
                                                   : HAE_KEY_OTEL_EXPORTER_OTLP_PROTOCOL;
}

/* Where the exporters that come with haetae are. */
static const char *library_of(haetae_string name, const char *protocol)
{
    if (is_otlp(name) && strcmp(protocol, "http/protobuf") == 0) {
        return "; it is in haetae-otlp-http: link that, and call haetae_otlp_http_register()";
    }
    if (hae_config_same_name(name, haetae_string_of("console"))) {
        return "; it is in haetae-console: link that, and call haetae_console_register()";
    }
    return "";
}

/* Reports a name that `key` has, or its default is, and no factory. */
static void report_missing(haetae_config *config, size_t key, haetae_string name,
                           const char *protocol)
{
    const char *value = hae_config_text(config, key);
    bool is_set = hae_config_is_set(config, key);
    char shown[64];
    char list[256];

    hae_escape(shown, sizeof shown, name.data, name.length);
    hae_factory_list(list, sizeof list);
    hae_config_error_add(
        config, "%s=\"%s\"%s: no exporter named \"%s\"%s%s is linked; linked: %s%s",
        hae_config_def(key)->name, value[0] != '\0' ? value : shown, is_set ? "" : ", the default",
        shown, protocol[0] != '\0' ? " for " : "", protocol, list, library_of(name, protocol));
}

static haetae_status choose(struct choices *choices, const haetae_exporter_factory *factory,
                            haetae_signal signal)
{
    size_t i = 0;

    while (i < choices->count && choices->rows[i].factory != factory) {
        i++;
    }
    if (i == HAE_CONFIG_EXPORTERS_MAX) {
        return HAETAE_ELIMIT;
    }
    choices->rows[i].factory = factory;
    choices->rows[i].signals |= UINT32_C(1) << signal;
    choices->count += i == choices->count;
    return HAETAE_OK;
}

/* Chooses the factory of one name that a signal has. */
static haetae_status choose_name(haetae_config *config, haetae_signal signal, haetae_string name,
                                 struct choices *choices)
{
    const haetae_exporter_factory *factory;
    const char *protocol = "";

    if (hae_config_same_name(name, haetae_string_of("none")) ||
        hae_config_has_exporter(config, name)) {
        return HAETAE_OK;
    }
    if (is_otlp(name)) {
        protocol = hae_config_text(config, protocol_key(config, signal));
    }
    factory = hae_factory_find(name, protocol);
    if (factory == NULL) {
        /* Either nothing has the name, or something does that speaks otherwise. */
        report_missing(config,
                       hae_factory_find(name, "") == NULL ? hae_config_exporter_key(signal)
                                                          : protocol_key(config, signal),
                       name, protocol);
        return HAETAE_EVALUE;
    }
    return choose(choices, factory, signal);
}

static haetae_status choose_signal(haetae_config *config, haetae_signal signal,
                                   struct choices *choices)
{
    const char *list = hae_config_text(config, hae_config_exporter_key(signal));
    haetae_status worst = HAETAE_OK;
    haetae_string name;

    if (list[0] == '\0') {
        /* Exporters that the caller has added are meant to be all. */
        list = config->exporter_count == 0 ? "otlp" : "";
    }
    while (hae_config_next_name(&list, &name)) {
        haetae_status status = choose_name(config, signal, name, choices);

        worst = status != HAETAE_OK ? status : worst;
    }
    return worst;
}

static haetae_status choose_all(haetae_config *config, struct choices *choices)
{
    haetae_status worst = HAETAE_OK;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        haetae_status status = choose_signal(config, (haetae_signal)signal, choices);

        worst = status != HAETAE_OK ? status : worst;
    }
    return worst;
}

/* ---- Starting ----------------------------------------------------------- */

/* Makes the chosen exporters and adds them to the configuration. */
static haetae_status add_chosen(haetae_config *config, const struct choices *choices)
{
    haetae_status status = HAETAE_OK;

    for (size_t i = 0; i < choices->count && status == HAETAE_OK; i++) {
        haetae_exporter *exporter;

        if (config->exporter_count == HAE_CONFIG_EXPORTERS_MAX) {
            return HAETAE_ELIMIT;
        }
        status = hae_factory_create(choices->rows[i].factory, config, choices->rows[i].signals,
                                    &exporter);
        if (status == HAETAE_OK) {
            config->exporters[config->exporter_count++] = exporter;
        }
    }
    return status;
}

static void remove_from(haetae_config *config, size_t first)
{
    while (config->exporter_count > first) {
        haetae_exporter_free(config->exporters[--config->exporter_count]);
    }
}

/* A failure that nothing was said about is at least named. */
static haetae_status explained(haetae_config *config, size_t lines, haetae_status status)
{
    if (status != HAETAE_OK && config->error_line_count == lines) {
        hae_config_error_add(config, "%s", haetae_status_text(status));
    }
    return status;
}

static haetae_status start_configured(haetae_config *config, haetae_sdk **ret_sdk)
{
    size_t added_count = config->exporter_count;
    size_t lines = config->error_line_count;
    struct choices choices = {.count = 0};
    haetae_status status = HAETAE_OK;

    hae_config_error_start(config);
    if (!hae_config_bool(config, HAE_KEY_OTEL_SDK_DISABLED)) {
        status = choose_all(config, &choices);
        if (status == HAETAE_OK) {
            status = add_chosen(config, &choices);
        }
    }
    if (status == HAETAE_OK) {
        status = haetae_sdk_start(config, ret_sdk);
    }
    if (status != HAETAE_OK) {
        remove_from(config, added_count);
    }
    return explained(config, lines, status);
}

/* ---- From the environment ----------------------------------------------- */

/* One diagnostic with all lines of the error text. */
static void report(const haetae_config *config, haetae_diagnostic_level level, const char *prefix)
{
    char text[HAE_CONFIG_ERROR_BYTES + 32];
    int length = snprintf(text, sizeof text, "%s%s", prefix, haetae_config_error(config));

    for (char *at = text; length > 0 && (at = strchr(at, '\n')) != NULL;) {
        *at = ';';
    }
    hae_diagnostics_to_stderr(NULL, level, text);
}

static haetae_status start_from_environment(haetae_sdk **ret_sdk)
{
    haetae_config *config;
    haetae_status status = haetae_config_new(&config);

    if (status != HAETAE_OK) {
        return status;
    }
    status = haetae_config_load_env(config);
    if (status == HAETAE_EVALUE || status == HAETAE_EKEY) {
        report(config, HAETAE_DIAGNOSTIC_WARN, "");
        status = HAETAE_OK;
    }
    if (status == HAETAE_OK) {
        status = start_configured(config, ret_sdk);
    }
    if (status != HAETAE_OK) {
        report(config, HAETAE_DIAGNOSTIC_ERROR, "telemetry was not started: ");
    }
    haetae_config_free(config);
    return status;
}

haetae_status haetae_start(haetae_config *config, haetae_sdk **ret_sdk)
{
    if (ret_sdk == NULL) {
        return HAETAE_EINVAL;
    }
    return config != NULL ? start_configured(config, ret_sdk) : start_from_environment(ret_sdk);
}
