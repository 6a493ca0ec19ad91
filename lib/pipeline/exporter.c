/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/exporter.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cancel.h"
#include "base/option_struct.h"
#include "base/utf8.h"
#include "haetae/stats.h"
#include "pipeline/blocking.h"

haetae_status haetae_exporter_new(const haetae_exporter_ops *ops, void *self,
                                  haetae_exporter **ret_exporter)
{
    HAE_HOLD_CANCELLATION();
    enum hae_option_struct outcome;
    haetae_exporter_ops known;
    haetae_exporter *exporter;

    if (ops == NULL || ret_exporter == NULL) {
        return HAETAE_EINVAL;
    }
    outcome = HAE_OPTION_STRUCT_READ(haetae_exporter_ops, &known, ops);
    if (outcome == HAE_OPTION_STRUCT_REJECTED || known.name == NULL || known.name[0] == '\0' ||
        strlen(known.name) >= sizeof exporter->name || known.send == NULL) {
        return HAETAE_EINVAL;
    }
    if (known.component_type == NULL || known.component_type[0] == '\0') {
        known.component_type = known.name;
    }
    if (strlen(known.component_type) >= sizeof exporter->component) {
        return HAETAE_EINVAL;
    }
    exporter = hae_calloc(1, sizeof *exporter);
    if (exporter == NULL) {
        return HAETAE_ENOMEM;
    }
    exporter->ops = known;
    exporter->newer_options = outcome == HAE_OPTION_STRUCT_NEWER ? "haetae_exporter_ops" : NULL;
    memcpy(exporter->name, known.name, strlen(known.name) + 1);
    memcpy(exporter->component, known.component_type, strlen(known.component_type) + 1);
    memcpy(exporter->title, known.name, strlen(known.name) + 1);
    exporter->ops.name = exporter->name;
    exporter->ops.component_type = exporter->component;
    exporter->self = self;
    if (exporter->ops.blocks && hae_blocking_wrap(&exporter->ops, &exporter->self) != HAETAE_OK) {
        hae_free(exporter);
        return HAETAE_ENOMEM;
    }
    *ret_exporter = exporter;
    return HAETAE_OK;
}

void haetae_exporter_free(haetae_exporter *exporter)
{
    HAE_HOLD_CANCELLATION();
    while (exporter != NULL) {
        haetae_exporter *backup = exporter->backup;

        if (exporter->ops.free != NULL) {
            exporter->ops.free(exporter->self);
        }
        hae_free(exporter->scopes);
        hae_free(exporter);
        exporter = backup;
    }
}

/* As a name in a list of exporters may have it. */
static bool is_label(const char *text)
{
    size_t length = strnlen(text, HAE_LABEL_BYTES);

    return length < HAE_LABEL_BYTES &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.") ==
               length;
}

haetae_status haetae_exporter_set_label(haetae_exporter *exporter, const char *label)
{
    if (exporter == NULL || label == NULL || !is_label(label)) {
        return HAETAE_EINVAL;
    }
    memcpy(exporter->label, label, strlen(label) + 1);
    snprintf(exporter->title, sizeof exporter->title, "%s%s%s", exporter->name,
             label[0] != '\0' ? "/" : "", label);
    return HAETAE_OK;
}

haetae_status haetae_exporter_set_scopes(haetae_exporter *exporter, const char *patterns)
{
    enum { PATTERNS_MAX_LENGTH = 4095 };
    size_t length = patterns != NULL ? strnlen(patterns, PATTERNS_MAX_LENGTH + 1) : 0;
    char *copy = NULL;

    if (exporter == NULL || exporter->is_backup || length > PATTERNS_MAX_LENGTH ||
        (length != 0 && !hae_utf8_valid((const uint8_t *)patterns, length))) {
        return HAETAE_EINVAL;
    }
    if (length != 0) {
        copy = hae_strdup(patterns);
        if (copy == NULL) {
            return HAETAE_ENOMEM;
        }
    }
    hae_free(exporter->scopes);
    exporter->scopes = copy;
    return HAETAE_OK;
}

const char *haetae_exporter_label(const haetae_exporter *exporter)
{
    return exporter != NULL ? exporter->label : "";
}

/* Whether a backup gets what the exporter gets: it has no scopes of its own, or the same. */
static bool same_scopes(const haetae_exporter *exporter, const haetae_exporter *backup)
{
    return backup->scopes == NULL ||
           (exporter->scopes != NULL && strcmp(exporter->scopes, backup->scopes) == 0);
}

static bool has_sdk(const haetae_exporter *exporter)
{
    /* Acquire: as in haetae_exporter_warn(). */
    return atomic_load_explicit(&exporter->diagnostics, memory_order_acquire) != NULL;
}

haetae_status haetae_exporter_set_backup(haetae_exporter *exporter, haetae_exporter *backup)
{
    if (exporter == NULL || backup == NULL || backup->is_backup || backup->is_added ||
        has_sdk(exporter) || !same_scopes(exporter, backup)) {
        return HAETAE_EINVAL;
    }
    for (const haetae_exporter *behind = backup; behind != NULL; behind = behind->backup) {
        if (behind == exporter) {
            return HAETAE_EINVAL; /* in a circle */
        }
    }
    if (exporter->backup != NULL) {
        return HAETAE_ECONFLICT;
    }
    exporter->backup = backup;
    backup->is_backup = true;
    return HAETAE_OK;
}

void haetae_exporter_warn(const haetae_exporter *exporter, const char *text)
{
    HAE_HOLD_CANCELLATION();
    if (exporter != NULL && text != NULL) {
        /* Acquire pairs with the release in hae_destination_init(): they are initialized. */
        struct hae_diagnostics *diagnostics =
            atomic_load_explicit(&exporter->diagnostics, memory_order_acquire);

        hae_diagnose_about(diagnostics, exporter, HAETAE_DIAGNOSTIC_WARN, "exporter", "%s: %s",
                           exporter->title, text);
    }
}

uint32_t hae_exporter_restrict(haetae_exporter *exporter, uint32_t signals)
{
    uint32_t own = exporter->ops.signals != 0 ? exporter->ops.signals : HAE_SIGNALS_ALL;
    uint32_t taken = own & signals & HAE_SIGNALS_ALL;

    if (taken != 0) {
        exporter->ops.signals = taken;
    }
    return taken;
}

const char *haetae_exporter_name(const haetae_exporter *exporter)
{
    return exporter != NULL ? exporter->name : "";
}

const char *haetae_drop_reason_name(haetae_drop_reason reason)
{
    switch (reason) {
#define NAME(name, code, text)                                                                     \
    case HAETAE_DROP_##name:                                                                       \
        return text;
        HAETAE_DROP_MAP(NAME)
#undef NAME
    }
    return "?";
}
