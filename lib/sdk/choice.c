/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/choice.h"

#include <stdio.h>

#include "base/printable.h"
#include "sdk/config_check.h"
#include "sdk/config_error.h"
#include "sdk/config_read.h"
#include "sdk/factory.h"

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
    if (is_otlp(name) && strncmp(protocol, "http/", 5) == 0) {
        return "; it is in haetae-otlp-http: link that, and call haetae_otlp_http_register()";
    }
    if (is_otlp(name) && strcmp(protocol, "grpc") == 0) {
        return "; it is in haetae-otlp-grpc: link that, and call haetae_otlp_grpc_register()";
    }
    if (hae_config_same_name(name, haetae_string_of("otlp_file")) ||
        hae_config_same_name(name, haetae_string_of("otlp/stdout"))) {
        return "; it is in haetae-otlp-file: link that, and call haetae_otlp_file_register()";
    }
    if (hae_config_same_name(name, haetae_string_of("console"))) {
        return "; it is in haetae-console: link that, and call haetae_console_register()";
    }
    return "";
}

/* The key that has a name. */
static size_t key_naming(const struct hae_chosen_name *chosen)
{
    return chosen->is_of_failover ? (size_t)HAE_KEY_HAETAE_FAILOVER
                                  : hae_config_exporter_key(chosen->signal);
}

/* What is said about a name that no factory has, or none that speaks as `protocol_key` wants. */
static void describe_missing(const haetae_config *config, const struct hae_chosen_name *chosen,
                             const char *protocol, char out[HAE_MISSING_BYTES])
{
    bool by_protocol = hae_factory_find(chosen->name, "") != NULL;
    size_t key = by_protocol ? protocol_key(config, chosen->signal) : key_naming(chosen);
    bool is_default = by_protocol ? !hae_config_is_set(config, key)
                                  : chosen->is_default && !chosen->is_of_failover;
    const char *suffix = by_protocol ? hae_config_suffix(config, key) : "";
    char shown[64];
    char list[256];

    hae_escape(shown, sizeof shown, chosen->name.data, chosen->name.length);
    hae_factory_list(list, sizeof list);
    snprintf(out, HAE_MISSING_BYTES,
             "%s%s%s=\"%.100s\"%s: no exporter named \"%s\"%s%s is linked; linked: %s%s",
             hae_config_def(key)->name, suffix[0] != '\0' ? "__" : "", suffix,
             !by_protocol && is_default ? shown : hae_config_text(config, key),
             is_default ? ", the default" : "", shown, protocol[0] != '\0' ? " for " : "", protocol,
             list, library_of(chosen->name, protocol));
}

static haetae_status choose(struct hae_choices *choices, const haetae_exporter_factory *factory,
                            const struct hae_chosen_name *chosen)
{
    size_t i = 0;

    while (i < choices->count && (choices->rows[i].factory != factory ||
                                  !hae_config_same_name(choices->rows[i].label, chosen->label))) {
        i++;
    }
    if (i == HAE_CONFIG_EXPORTERS_MAX) {
        return HAETAE_ELIMIT;
    }
    choices->rows[i].factory = factory;
    choices->rows[i].label = chosen->label;
    choices->rows[i].signals |= UINT32_C(1) << chosen->signal;
    choices->count += i == choices->count;
    return HAETAE_OK;
}

haetae_status hae_chosen_factory(haetae_config *config, const struct hae_chosen_name *chosen,
                                 char missing[HAE_MISSING_BYTES],
                                 const haetae_exporter_factory **ret_factory)
{
    haetae_status status = hae_config_use_label(config, chosen->label);
    const char *protocol = "";

    if (status == HAETAE_OK && is_otlp(chosen->name)) {
        size_t key = protocol_key(config, chosen->signal);

        status = hae_config_require(config, key);
        protocol = hae_config_text(config, key);
    }
    if (status == HAETAE_OK) {
        *ret_factory = hae_factory_find(chosen->name, protocol);
        if (*ret_factory == NULL) {
            describe_missing(config, chosen, protocol, missing);
        }
    }
    hae_config_leave_label(config);
    return status;
}

/* Chooses the factory of one name. One that is not known is ignored, with a warning, as the
 * specification has it ("Enum"); in the place of OTLP or of a chain there is nothing else. */
static haetae_status choose_name(haetae_config *config, const struct hae_chosen_name *chosen,
                                 struct hae_choices *choices, bool *ret_known)
{
    const haetae_exporter_factory *factory = NULL;
    char missing[HAE_MISSING_BYTES];
    haetae_status status;

    *ret_known = true;
    if (hae_config_same_name(chosen->whole, haetae_string_of("none")) ||
        hae_config_has_exporter(config, chosen->whole)) {
        return HAETAE_OK;
    }
    status = hae_chosen_factory(config, chosen, missing, &factory);
    if (status != HAETAE_OK) {
        return status;
    }
    if (factory != NULL) {
        return choose(choices, factory, chosen);
    }
    if (is_otlp(chosen->name) || chosen->is_of_failover) {
        hae_config_error_add(config, "%s", missing);
        return HAETAE_EVALUE;
    }
    hae_config_warn(config, "%s; it is ignored", missing);
    *ret_known = false;
    return HAETAE_OK;
}

/* A factory may have a name with a slash, and then has no label. */
void hae_chosen_split(struct hae_chosen_name *chosen)
{
    chosen->name = chosen->whole;
    chosen->label = (haetae_string){"", 0};
    if (hae_factory_find(chosen->whole, "") == NULL) {
        hae_config_split_exporter(chosen->whole, &chosen->name, &chosen->label);
    }
}

/* Chooses the factories of a list. *ret_known: one of its names counts. */
static haetae_status choose_list(haetae_config *config, struct hae_chosen_name *chosen,
                                 const char *list, struct hae_choices *choices, bool *ret_known)
{
    haetae_status worst = HAETAE_OK;

    *ret_known = false;
    while (hae_config_next_name(&list, &chosen->whole)) {
        haetae_status status;
        bool known;

        hae_chosen_split(chosen);
        status = choose_name(config, chosen, choices, &known);
        worst = status != HAETAE_OK ? status : worst;
        *ret_known = *ret_known || known;
    }
    return worst;
}

/* What takes the place of a list that is not set, or whose names nothing has: the first of
 * HAETAE_FAILOVER, else OTLP. */
static haetae_status choose_default(haetae_config *config, struct hae_chosen_name *chosen,
                                    struct hae_choices *choices)
{
    const char *list = hae_config_text(config, HAE_KEY_HAETAE_FAILOVER);
    bool known;

    chosen->is_default = true;
    chosen->whole = haetae_string_of("otlp");
    chosen->is_of_failover = hae_config_next_name(&list, &chosen->whole);
    hae_chosen_split(chosen);
    return choose_name(config, chosen, choices, &known);
}

static haetae_status choose_signal(haetae_config *config, haetae_signal signal,
                                   struct hae_choices *choices)
{
    const char *list = hae_config_text(config, hae_config_exporter_key(signal));
    struct hae_chosen_name chosen = {.signal = signal};
    bool known;
    haetae_status status = choose_list(config, &chosen, list, choices, &known);

    /* Exporters that the caller has added are meant to be all. */
    if (!known && config->exporter_count == 0) {
        status = choose_default(config, &chosen, choices);
    }
    return status;
}

haetae_status hae_choose_exporters(haetae_config *config, struct hae_choices *choices)
{
    haetae_status worst = HAETAE_OK;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        haetae_status status = choose_signal(config, (haetae_signal)signal, choices);

        worst = status != HAETAE_OK ? status : worst;
    }
    return worst;
}
