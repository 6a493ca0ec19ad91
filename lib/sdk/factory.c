/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/factory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/cancel.h"
#include "base/diagnostics.h"
#include "base/lock.h"
#include "base/option_struct.h"
#include "base/printable.h"
#include "pipeline/exporter.h"
#include "sdk/config_error.h"

enum { FACTORIES_MAX = 16 };

/* Factories are only ever added, under `lock`. One below factory_count never changes. */
static struct {
    haetae_exporter_factory known;
    const char *newer_options; /* as in struct haetae_exporter */
} factories[FACTORIES_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic size_t factory_count;

/* ---- Protocols ---------------------------------------------------------- */

/* Takes the next protocol off "a|b|c"; false at the end. */
static bool next_protocol(const char **list, haetae_string *ret_protocol)
{
    if (**list == '\0') {
        return false;
    }
    *ret_protocol = (haetae_string){*list, strcspn(*list, "|")};
    *list += ret_protocol->length;
    *list += **list == '|';
    return true;
}

static bool speaks(const haetae_exporter_factory *factory, haetae_string wanted)
{
    const char *list = factory->protocols;
    haetae_string protocol;

    if (list == NULL || wanted.length == 0) {
        return true;
    }
    while (next_protocol(&list, &protocol)) {
        if (hae_config_same_name(protocol, wanted)) {
            return true;
        }
    }
    return false;
}

/* Whether a configuration could mean either of them. */
static bool compete(const haetae_exporter_factory *a, const haetae_exporter_factory *b)
{
    const char *list = b->protocols;
    haetae_string protocol;

    if (!hae_config_same_name(haetae_string_of(a->name), haetae_string_of(b->name))) {
        return false;
    }
    if (list == NULL) {
        return true;
    }
    while (next_protocol(&list, &protocol)) {
        if (speaks(a, protocol)) {
            return true;
        }
    }
    return false;
}

/* ---- Registering -------------------------------------------------------- */

/* Says why a factory is not taken: those that register when they are loaded have no other way to
 * report it. */
static void report(const haetae_exporter_factory *factory, const char *what, const char *why)
{
    char name[64], shown[80], line[256];

    hae_escape(name, sizeof name, factory->name, strlen(factory->name));
    hae_escape(shown, sizeof shown, what, strlen(what));
    snprintf(line, sizeof line, "exporter \"%s\" was not registered: %s%s%s%s", name,
             shown[0] != '\0' ? "\"" : "", shown, shown[0] != '\0' ? "\" " : "", why);
    hae_diagnostics_to_stderr(NULL, HAETAE_DIAGNOSTIC_ERROR, line);
}

/* The name can be chosen, and each protocol. */
static bool names_valid(const haetae_exporter_factory *factory)
{
    enum { NAME_MAX_LENGTH = 63 };
    const char *list = factory->protocols;
    haetae_string name = haetae_string_of(factory->name);

    if (name.length > NAME_MAX_LENGTH || !hae_config_is_name(name) ||
        hae_config_same_name(name, haetae_string_of("none"))) {
        report(factory, "",
               "its name must be letters, digits, _ - . and /, at most 63, and not \"none\"");
        return false;
    }
    while (list != NULL) {
        size_t length = strcspn(list, "|");

        if (!hae_config_is_name((haetae_string){list, length})) {
            report(factory, factory->protocols, "is no list of protocols, such as a|b");
            return false;
        }
        list = list[length] == '|' ? list + length + 1 : NULL;
    }
    return true;
}

static bool is_whole(const haetae_exporter_factory *factory)
{
    return factory->name != NULL && factory->name[0] != '\0' && factory->create != NULL &&
           (factory->key_count == 0 ||
            (factory->keys != NULL &&
             hae_option_struct_valid(factory->keys[0].struct_size, haetae_config_key_size_v1)));
}

static const haetae_config_key *key_at(const haetae_exporter_factory *factory, size_t index)
{
    const void *key = (const char *)factory->keys + index * factory->keys[0].struct_size;

    return key;
}

static haetae_status add_keys(const haetae_exporter_factory *factory)
{
    size_t fault = 0;
    haetae_status status = HAETAE_OK;

    if (factory->key_count != 0) {
        status = hae_config_add_keys(factory->keys, factory->key_count,
                                     factory->keys[0].struct_size, &fault);
    }
    if (status != HAETAE_OK) {
        const char *name = key_at(factory, fault)->name;

        report(factory, name != NULL ? name : "",
               status == HAETAE_ECONFLICT ? "is known with another type, default, range or choices"
               : status == HAETAE_ELIMIT  ? "is one key too many"
                                          : "is no valid description of a key");
    }
    return status;
}

/* Whether the keys have fields that are not known here. */
static bool keys_are_newer(const haetae_exporter_factory *factory)
{
    haetae_config_key known;

    for (size_t i = 0; i < factory->key_count; i++) {
        if (hae_option_struct_read(&known, sizeof known, key_at(factory, i),
                                   haetae_config_key_size_v1) == HAE_OPTION_STRUCT_NEWER) {
            return true;
        }
    }
    return false;
}

/* Whether a factory is registered again. Its own address says nothing: the caller may have
 * it on the stack. */
static bool is_same(const haetae_exporter_factory *a, const haetae_exporter_factory *b)
{
    const char *a_protocols = a->protocols != NULL ? a->protocols : "";
    const char *b_protocols = b->protocols != NULL ? b->protocols : "";

    return a->create == b->create && a->user == b->user && a->keys == b->keys &&
           a->key_count == b->key_count && strcmp(a->name, b->name) == 0 &&
           strcmp(a_protocols, b_protocols) == 0;
}

/* Adds a factory. The caller holds the lock. */
static haetae_status add(const haetae_exporter_factory *factory, const char *newer_options)
{
    /* Relaxed: only changed under the lock. */
    size_t count = atomic_load_explicit(&factory_count, memory_order_relaxed);
    haetae_status status;

    for (size_t i = 0; i < count; i++) {
        if (is_same(&factories[i].known, factory)) {
            return HAETAE_OK;
        }
        if (compete(&factories[i].known, factory)) {
            report(factory, "", "there is another one of this name and protocol");
            return HAETAE_ECONFLICT;
        }
    }
    if (count == FACTORIES_MAX) {
        return HAETAE_ELIMIT;
    }
    status = add_keys(factory);
    if (status == HAETAE_OK) {
        factories[count].known = *factory;
        factories[count].newer_options = newer_options;
        /* Release pairs with the acquire in count_of(): whoever sees the count sees the
         * factories below it. */
        atomic_store_explicit(&factory_count, count + 1, memory_order_release);
    }
    return status;
}

haetae_status haetae_exporter_register(const haetae_exporter_factory *factory)
{
    HAE_HOLD_CANCELLATION();
    enum hae_option_struct outcome;
    haetae_exporter_factory known;
    const char *newer_options = NULL;
    haetae_status status;

    if (factory == NULL) {
        return HAETAE_EINVAL;
    }
    outcome = HAE_OPTION_STRUCT_READ(haetae_exporter_factory, &known, factory);
    if (outcome == HAE_OPTION_STRUCT_REJECTED || !is_whole(&known) || !names_valid(&known)) {
        return HAETAE_EINVAL;
    }
    if (outcome == HAE_OPTION_STRUCT_NEWER) {
        newer_options = "haetae_exporter_factory";
    } else if (keys_are_newer(&known)) {
        newer_options = "haetae_config_key";
    }
    if (!hae_lock_soon(&lock)) {
        return HAETAE_ETIMEOUT;
    }
    status = add(&known, newer_options);
    pthread_mutex_unlock(&lock);
    return status;
}

/* ---- Looking up --------------------------------------------------------- */

static size_t count_of(void)
{
    /* Acquire pairs with the release in add(). */
    return atomic_load_explicit(&factory_count, memory_order_acquire);
}

const haetae_exporter_factory *hae_factory_find(haetae_string name, const char *protocol)
{
    for (size_t i = 0; i < count_of(); i++) {
        if (hae_config_same_name(name, haetae_string_of(factories[i].known.name)) &&
            speaks(&factories[i].known, haetae_string_of(protocol))) {
            return &factories[i].known;
        }
    }
    return NULL;
}

void hae_factory_list(char *out, size_t size_bytes)
{
    size_t at = 0;

    snprintf(out, size_bytes, "nothing");
    for (size_t i = 0; i < count_of() && at < size_bytes; i++) {
        const char *protocols = factories[i].known.protocols;

        at += (size_t)snprintf(out + at, size_bytes - at, "%s%s%s%s%s", i > 0 ? ", " : "",
                               factories[i].known.name, protocols != NULL ? " (" : "",
                               protocols != NULL ? protocols : "", protocols != NULL ? ")" : "");
    }
}

/* ---- Making exporters --------------------------------------------------- */

static const char *newer_options_of(const haetae_exporter_factory *factory)
{
    for (size_t i = 0; i < count_of(); i++) {
        if (factory == &factories[i].known) {
            return factories[i].newer_options;
        }
    }
    return NULL;
}

/* Gives the exporter no other signals than these. Reports the first that it should take and does
 * not. */
static haetae_status restrict_signals(haetae_exporter *exporter, haetae_config *config,
                                      uint32_t signals, uint32_t required)
{
    uint32_t taken = hae_exporter_restrict(exporter, signals);
    uint32_t missing = taken != 0 ? required & ~taken : signals;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if ((missing >> signal & 1) != 0) {
            hae_config_error_add(config, "exporter %s takes no %s", haetae_exporter_name(exporter),
                                 haetae_signal_name((haetae_signal)signal));
            return HAETAE_EVALUE;
        }
    }
    return HAETAE_OK;
}

haetae_status hae_factory_create(const haetae_exporter_factory *factory, haetae_config *config,
                                 uint32_t signals, uint32_t required,
                                 haetae_exporter **ret_exporter)
{
    size_t lines = config->errors.line_count;
    haetae_exporter *exporter = NULL;
    haetae_status status = factory->create(factory->user, config, signals, &exporter);

    if (status == HAETAE_OK &&
        (exporter == NULL ||
         !hae_config_same_name(haetae_string_of(factory->name),
                               haetae_string_of(haetae_exporter_name(exporter))))) {
        hae_config_error_add(config, "exporter %s: its factory made no exporter of this name",
                             factory->name);
        haetae_exporter_free(exporter);
        return HAETAE_EINVAL;
    }
    if (strcmp(haetae_status_name(status), "HAETAE_E?") == 0) {
        hae_config_error_add(config, "exporter %s: its factory returned %d, which is no status",
                             factory->name, (int)status);
        return HAETAE_EINVAL;
    }
    if (status != HAETAE_OK) {
        if (config->errors.line_count == lines) {
            hae_config_error_add(config, "exporter %s: %s", factory->name,
                                 haetae_status_text(status));
        }
        return status;
    }
    status = restrict_signals(exporter, config, signals, required);
    if (status != HAETAE_OK) {
        haetae_exporter_free(exporter);
        return status;
    }
    if (exporter->newer_options == NULL) {
        exporter->newer_options = newer_options_of(factory);
    }
    *ret_exporter = exporter;
    return HAETAE_OK;
}

haetae_status haetae_exporter_create(haetae_config *config, const char *name, const char *protocol,
                                     haetae_exporter **ret_exporter)
{
    return haetae_exporter_create_for(config, name, protocol, 0, ret_exporter);
}

haetae_status haetae_exporter_create_for(haetae_config *config, const char *name,
                                         const char *protocol, uint32_t signals,
                                         haetae_exporter **ret_exporter)
{
    HAE_HOLD_CANCELLATION();
    const haetae_exporter_factory *factory;
    char list[256];
    char shown[64];

    if (config == NULL || name == NULL || ret_exporter == NULL ||
        (signals & ~HAE_SIGNALS_ALL) != 0) {
        return HAETAE_EINVAL;
    }
    hae_config_error_start(config);
    protocol = protocol != NULL ? protocol : "";
    factory = hae_factory_find(haetae_string_of(name), protocol);
    if (factory == NULL) {
        hae_factory_list(list, sizeof list);
        hae_escape(shown, sizeof shown, name, strlen(name));
        hae_config_error_add(config, "no exporter named \"%s\"%s%.32s is linked; linked: %s", shown,
                             protocol[0] != '\0' ? " for " : "", protocol, list);
        return HAETAE_EUNSUPPORTED;
    }
    return hae_factory_create(factory, config, signals != 0 ? signals : HAE_SIGNALS_ALL, signals,
                              ret_exporter);
}
