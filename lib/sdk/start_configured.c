/* SPDX-License-Identifier: Apache-2.0 */
/* haetae_start(): from what is configured and linked to a running SDK. */
#include <stdio.h>

#include "base/cancel.h"
#include "base/diagnostics.h"
#include "base/printable.h"
#include "pipeline/exporter.h"
#include "sdk/config_check.h"
#include "sdk/config_error.h"
#include "sdk/config_read.h"
#include "sdk/factory.h"
#include "sdk/start.h"

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

    return hae_config_either(config, keys[signal], HAE_KEY_OTEL_EXPORTER_OTLP_PROTOCOL);
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

/* A name that a signal has: of its key, or the default. */
struct chosen_name {
    haetae_signal signal;
    bool is_default;
    haetae_string name;
};

/* What is said about a name that no factory has, or none that speaks as `protocol_key` wants. */
enum { MISSING_BYTES = 640 };
static void describe_missing(const haetae_config *config, const struct chosen_name *chosen,
                             const char *protocol, char out[MISSING_BYTES])
{
    bool by_protocol = hae_factory_find(chosen->name, "") != NULL;
    size_t key = by_protocol ? protocol_key(config, chosen->signal)
                             : hae_config_exporter_key(chosen->signal);
    bool is_default = by_protocol ? !hae_config_is_set(config, key) : chosen->is_default;
    char shown[64];
    char list[256];

    hae_escape(shown, sizeof shown, chosen->name.data, chosen->name.length);
    hae_factory_list(list, sizeof list);
    snprintf(out, MISSING_BYTES,
             "%s=\"%.100s\"%s: no exporter named \"%s\"%s%s is linked; linked: %s%s",
             hae_config_def(key)->name,
             !by_protocol && is_default ? shown : hae_config_text(config, key),
             is_default ? ", the default" : "", shown, protocol[0] != '\0' ? " for " : "", protocol,
             list, library_of(chosen->name, protocol));
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

/* Chooses the factory of one name. One that is not known is ignored, with a warning, as the
 * specification has it ("Enum"); in place of OTLP there is nothing else. */
static haetae_status choose_name(haetae_config *config, const struct chosen_name *chosen,
                                 struct choices *choices, bool *ret_known)
{
    const haetae_exporter_factory *factory;
    const char *protocol = "";
    char missing[MISSING_BYTES];

    *ret_known = true;
    if (hae_config_same_name(chosen->name, haetae_string_of("none")) ||
        hae_config_has_exporter(config, chosen->name)) {
        return HAETAE_OK;
    }
    if (is_otlp(chosen->name)) {
        size_t key = protocol_key(config, chosen->signal);

        if (hae_config_require(config, key) != HAETAE_OK) {
            return HAETAE_EVALUE;
        }
        protocol = hae_config_text(config, key);
    }
    factory = hae_factory_find(chosen->name, protocol);
    if (factory != NULL) {
        return choose(choices, factory, chosen->signal);
    }
    describe_missing(config, chosen, protocol, missing);
    if (is_otlp(chosen->name)) {
        hae_config_error_add(config, "%s", missing);
        return HAETAE_EVALUE;
    }
    hae_config_warn(config, "%s; it is ignored", missing);
    *ret_known = false;
    return HAETAE_OK;
}

/* Chooses the factories of a list. *ret_known: one of its names counts. */
static haetae_status choose_list(haetae_config *config, struct chosen_name *chosen,
                                 const char *list, struct choices *choices, bool *ret_known)
{
    haetae_status worst = HAETAE_OK;

    *ret_known = false;
    while (hae_config_next_name(&list, &chosen->name)) {
        bool known;
        haetae_status status = choose_name(config, chosen, choices, &known);

        worst = status != HAETAE_OK ? status : worst;
        *ret_known = *ret_known || known;
    }
    return worst;
}

static haetae_status choose_signal(haetae_config *config, haetae_signal signal,
                                   struct choices *choices)
{
    const char *list = hae_config_text(config, hae_config_exporter_key(signal));
    struct chosen_name chosen = {.signal = signal};
    bool known;
    haetae_status status = choose_list(config, &chosen, list, choices, &known);

    /* Exporters that the caller has added are meant to be all. */
    if (!known && config->exporter_count == 0) {
        chosen.is_default = true;
        status = choose_list(config, &chosen, "otlp", choices, &known);
    }
    return status;
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
                                    choices->rows[i].signals, &exporter);
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
    if (status != HAETAE_OK && config->errors.line_count == lines) {
        hae_config_error_add(config, "%s", haetae_status_text(status));
    }
    return status;
}

/* Adds the exporters that the configuration names to those that the caller has added. */
static haetae_status add_named(haetae_config *config)
{
    struct choices choices = {.count = 0};
    haetae_status status =
        config->file_failed ? hae_config_check(config) : hae_config_check_owner(config);

    if (status == HAETAE_OK) {
        status = choose_all(config, &choices);
    }
    return status == HAETAE_OK ? add_chosen(config, &choices) : status;
}

static haetae_status start_configured(haetae_config *config, haetae_sdk **ret_sdk)
{
    size_t added_count = config->exporter_count;
    size_t lines = config->errors.line_count;
    haetae_status status = HAETAE_OK;

    hae_config_error_start(config);
    if (!hae_config_bool(config, HAE_KEY_OTEL_SDK_DISABLED)) {
        status = add_named(config);
    }
    if (status == HAETAE_OK) {
        status = hae_sdk_start_with(config, ret_sdk);
    }
    if (status != HAETAE_OK) {
        remove_from(config, added_count);
    } else if (added_count > config->exporter_count) {
        config->exporters_gone = true;
    }
    return explained(config, lines, status);
}

haetae_status haetae_config_check(haetae_config *config)
{
    HAE_HOLD_CANCELLATION();
    size_t added_count;
    size_t lines;
    haetae_status status;

    if (config == NULL) {
        return HAETAE_EINVAL;
    }
    added_count = config->exporter_count;
    lines = config->errors.line_count;
    hae_config_error_start(config);
    if (hae_config_bool(config, HAE_KEY_OTEL_SDK_DISABLED)) {
        return HAETAE_OK;
    }
    status = add_named(config);
    if (status == HAETAE_OK) {
        status = hae_sdk_check(config);
    }
    remove_from(config, added_count);
    return explained(config, lines, status);
}

/* ---- From the environment ----------------------------------------------- */

static haetae_status start_from_environment(haetae_sdk **ret_sdk)
{
    haetae_config *config;
    haetae_status status = haetae_config_new(&config);

    if (status != HAETAE_OK) {
        return status;
    }
    status = haetae_config_load_env(config);
    if (status == HAETAE_OK) {
        status = start_configured(config, ret_sdk);
    }
    if (status != HAETAE_OK) {
        hae_config_report_warnings(config);
        hae_config_report(haetae_config_error(config),
                          "telemetry was not started: ", hae_diagnostics_to_stderr, NULL,
                          HAETAE_DIAGNOSTIC_ERROR);
    }
    haetae_config_free(config);
    return status;
}

haetae_status haetae_start(haetae_config *config, haetae_sdk **ret_sdk)
{
    HAE_HOLD_CANCELLATION();
    if (ret_sdk == NULL) {
        return HAETAE_EINVAL;
    }
    return config != NULL ? start_configured(config, ret_sdk) : start_from_environment(ret_sdk);
}
