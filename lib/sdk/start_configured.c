/* SPDX-License-Identifier: Apache-2.0 */
/* haetae_start(): from what is configured and linked to a running SDK. */
#include <stdio.h>

#include "base/cancel.h"
#include "base/diagnostics.h"
#include "base/printable.h"
#include "pipeline/exporter.h"
#include "sdk/choice.h"
#include "sdk/config_check.h"
#include "sdk/config_error.h"
#include "sdk/config_read.h"
#include "sdk/factory.h"
#include "sdk/start.h"

/* ---- Starting ----------------------------------------------------------- */

/* Gives an exporter what it has of the core, or frees it. */
static haetae_status set_up(haetae_config *config, haetae_exporter *exporter, haetae_string label)
{
    const char *scopes = hae_config_text(config, HAE_KEY_HAETAE_EXPORTER_SCOPES);
    haetae_status status;
    char text[HAE_LABEL_BYTES];

    snprintf(text, sizeof text, "%.*s", (int)label.length, label.data);
    status = haetae_exporter_set_label(exporter, text);
    if (status != HAETAE_OK) {
        hae_config_error_add(config, "%s/%s: a label is letters, digits, _ - and .",
                             haetae_exporter_name(exporter), text);
    } else {
        status = haetae_exporter_set_scopes(exporter, scopes);
        if (status == HAETAE_EINVAL) {
            haetae_config_add_error(config, "HAETAE_EXPORTER_SCOPES", "at most 4095 bytes");
        }
    }
    status = status == HAETAE_EINVAL ? HAETAE_EVALUE : status;
    if (status != HAETAE_OK) {
        haetae_exporter_free(exporter);
    }
    return status;
}

/* Makes an exporter by its factory and label. */
static haetae_status make(haetae_config *config, const haetae_exporter_factory *factory,
                          haetae_string label, uint32_t signals, uint32_t required,
                          haetae_exporter **ret_exporter)
{
    haetae_status status = hae_config_use_label(config, label);

    if (status == HAETAE_OK) {
        status = hae_factory_create(factory, config, signals, required, ret_exporter);
    }
    if (status == HAETAE_OK) {
        status = set_up(config, *ret_exporter, label);
    }
    hae_config_leave_label(config);
    return status;
}

static void report_too_many(haetae_config *config)
{
    hae_config_error_add(config,
                         "OTEL_TRACES_EXPORTER, OTEL_METRICS_EXPORTER, OTEL_LOGS_EXPORTER: they "
                         "name more than %d exporters, with those that were added",
                         HAE_CONFIG_EXPORTERS_MAX);
}

/* Makes the chosen exporters and adds them to the configuration. */
static haetae_status add_chosen(haetae_config *config, const struct hae_choices *choices)
{
    haetae_status status = HAETAE_OK;

    for (size_t i = 0; i < choices->count && status == HAETAE_OK; i++) {
        uint32_t signals = choices->rows[i].signals;
        haetae_exporter *exporter;

        if (config->exporter_count == HAE_CONFIG_EXPORTERS_MAX) {
            report_too_many(config);
            return HAETAE_ELIMIT;
        }
        status = make(config, choices->rows[i].factory, choices->rows[i].label, signals, signals,
                      &exporter);
        if (status == HAETAE_OK) {
            config->exporters[config->exporter_count++] = exporter;
        }
    }
    return status;
}

/* ---- Backups ------------------------------------------------------------ */

static void report_failover(haetae_config *config, haetae_string name, const char *why)
{
    char shown[HAE_EXPORTER_TITLE_BYTES];

    hae_escape(shown, sizeof shown, name.data, name.length);
    hae_config_error_add(config, "HAETAE_FAILOVER=\"%.200s\": %s %s",
                         hae_config_text(config, HAE_KEY_HAETAE_FAILOVER), shown, why);
}

/* Makes one exporter of a backup's name for those of the signals that it has one protocol for, and
 * takes them off *signals. */
static haetae_status make_backup(haetae_config *config, struct hae_chosen_name *chosen,
                                 uint32_t *signals, haetae_exporter **ret_backup)
{
    const haetae_exporter_factory *factory = NULL;
    char missing[HAE_MISSING_BYTES];
    haetae_status status = HAETAE_OK;
    uint32_t taken = 0;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT && status == HAETAE_OK; signal++) {
        const haetae_exporter_factory *other = NULL;

        if ((*signals >> signal & 1) == 0) {
            continue;
        }
        chosen->signal = (haetae_signal)signal;
        status = hae_chosen_factory(config, chosen, missing, &other);
        if (status == HAETAE_OK && other == NULL) {
            report_failover(config, chosen->whole, "is no exporter that is linked");
            hae_config_error_add(config, "%s", missing);
            status = HAETAE_EVALUE;
        }
        factory = factory == NULL ? other : factory;
        taken |= other == factory ? UINT32_C(1) << signal : 0;
    }
    *signals &= ~taken;
    return status == HAETAE_OK ? make(config, factory, chosen->label, taken, 0, ret_backup)
                               : status;
}

/* Adds a backup, or frees it. */
static haetae_status add_backup(haetae_config *config, haetae_string name, haetae_exporter *last,
                                haetae_exporter *backup)
{
    haetae_status status = haetae_exporter_set_backup(last, backup);

    if (status != HAETAE_OK) {
        report_failover(config, name,
                        "has HAETAE_EXPORTER_SCOPES of its own, but gets those of the first one");
        haetae_exporter_free(backup);
    }
    return status == HAETAE_OK ? HAETAE_OK : HAETAE_EVALUE;
}

/* Makes the exporters of a name behind the last one of a chain: one for each protocol. */
static haetae_status add_name(haetae_config *config, haetae_string name, uint32_t signals,
                              haetae_exporter **last)
{
    struct hae_chosen_name chosen = {.whole = name};
    haetae_status status = HAETAE_OK;

    hae_chosen_split(&chosen);
    if (hae_config_has_exporter(config, name)) {
        report_failover(config, name, "gets everything already, so it cannot stand in for another");
        return HAETAE_EVALUE;
    }
    while (signals != 0 && status == HAETAE_OK) {
        haetae_exporter *backup = NULL;

        status = make_backup(config, &chosen, &signals, &backup);
        if (status == HAETAE_OK) {
            status = add_backup(config, name, *last, backup);
        }
        if (status == HAETAE_OK) {
            *last = backup;
        }
    }
    return status;
}

/* Makes a chain behind an exporter of the list's first name. */
static haetae_status add_chain(haetae_config *config, haetae_exporter *first, const char *list)
{
    haetae_status status = HAETAE_OK;
    uint32_t signals = first->ops.signals;
    haetae_exporter *last = first;
    haetae_string name;

    while (status == HAETAE_OK && hae_config_next_name(&list, &name)) {
        status = add_name(config, name, signals, &last);
    }
    return status;
}

/* Makes the exporters of HAETAE_FAILOVER behind its first one, which is among those from `first`
 * on: several, if its signals have several protocols. */
static haetae_status add_backups(haetae_config *config, size_t first)
{
    const char *list = hae_config_text(config, HAE_KEY_HAETAE_FAILOVER);
    haetae_status status = HAETAE_OK;
    haetae_string name;
    bool any = false;

    if (!hae_config_next_name(&list, &name)) {
        return HAETAE_OK;
    }
    for (size_t i = first; i < config->exporter_count && status == HAETAE_OK; i++) {
        haetae_exporter *exporter = config->exporters[i];

        if (hae_config_same_name(name, haetae_string_of(exporter->title))) {
            any = true;
            status = add_chain(config, exporter, list);
        }
    }
    if (!any) {
        report_failover(config, name,
                        "is in none of OTEL_TRACES_EXPORTER, OTEL_METRICS_EXPORTER "
                        "and OTEL_LOGS_EXPORTER");
        return HAETAE_EVALUE;
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
    struct hae_choices choices = {.count = 0};
    size_t first = config->exporter_count;
    haetae_status status =
        config->file_failed ? hae_config_check(config) : hae_config_check_owner(config);

    hae_config_forget_used_labels(config);
    if (status == HAETAE_OK) {
        status = hae_choose_exporters(config, &choices);
    }
    if (status == HAETAE_OK) {
        status = add_chosen(config, &choices);
    }
    if (status == HAETAE_OK) {
        status = add_backups(config, first);
    }
    if (status == HAETAE_OK) {
        hae_config_warn_of_labels(config);
    }
    return status;
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
