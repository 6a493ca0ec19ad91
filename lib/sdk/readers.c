/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/readers.h"

#include "metrics/observable.h"
#include "pipeline/exporter.h"
#include "sdk/config_check.h"
#include "sdk/config_error.h"

/* ---- In a configuration ------------------------------------------------------------------- */

/* Whether an exporter is among those of the configuration. */
static bool has_exporter(const haetae_config *config, const haetae_exporter *exporter)
{
    for (size_t i = 0; i < config->exporter_count; i++) {
        if (config->exporters[i] == exporter) {
            return true;
        }
    }
    return false;
}

/* What was added for an exporter, or for none and this reader; NULL: nothing. */
static struct hae_config_reader *find_added(haetae_config *config,
                                            const haetae_metric_reader *reader,
                                            const haetae_exporter *exporter)
{
    for (uint32_t i = 0; i < config->parts.reader_count; i++) {
        struct hae_config_reader *added = &config->parts.readers[i];

        if (added->exporter == exporter && (exporter != NULL || added->reader == reader)) {
            return added;
        }
    }
    return NULL;
}

static haetae_status refuse(haetae_config *config, haetae_status status, const char *why)
{
    hae_config_error_start(config);
    hae_config_error_add(config, "metric reader: %s", why);
    return status;
}

haetae_status haetae_config_add_metric_reader(haetae_config *config, haetae_metric_reader *reader,
                                              haetae_exporter *exporter)
{
    haetae_status status = HAETAE_OK;

    if (config == NULL) {
        return HAETAE_EINVAL;
    }
    if (reader == NULL) {
        return refuse(config, HAETAE_EINVAL, "it is NULL");
    }
    if (reader->pull != (exporter == NULL)) {
        return refuse(config, HAETAE_EINVAL,
                      reader->pull ? "one with `pull` has no exporter to collect for"
                                   : "a periodic one needs an exporter");
    }
    if (exporter != NULL && exporter->ops.reader != NULL && exporter->ops.reader->pull) {
        return refuse(config, HAETAE_ECONFLICT, "the exporter collects by itself");
    }
    if (find_added(config, reader, exporter) != NULL) {
        return refuse(config, HAETAE_ECONFLICT,
                      exporter != NULL ? "the exporter has one" : "it was added before");
    }
    if (config->parts.reader_count == HAE_CONFIG_READERS_MAX) {
        return refuse(config, HAETAE_ELIMIT, "no more than 8 can be added");
    }
    if (exporter != NULL && !has_exporter(config, exporter)) {
        status = haetae_config_add_exporter(config, exporter);
    }
    if (status == HAETAE_OK) {
        hae_reader_ref(reader);
        config->parts.readers[config->parts.reader_count++] =
            (struct hae_config_reader){reader, exporter};
    }
    return status;
}

void hae_config_readers_cut(haetae_config *config, uint32_t count)
{
    while (config->parts.reader_count > count) {
        hae_reader_unref(config->parts.readers[--config->parts.reader_count].reader);
    }
}

/* ---- Those of an SDK ----------------------------------------------------------------------- */

/* The reader that collects for an exporter; NULL: the default one. What the configuration says wins
 * over what the exporter brings. */
static haetae_metric_reader *reader_for(const haetae_config *config,
                                        const haetae_exporter *exporter)
{
    for (uint32_t i = 0; i < config->parts.reader_count; i++) {
        if (config->parts.readers[i].exporter == exporter) {
            return config->parts.readers[i].reader;
        }
    }
    return exporter->ops.reader;
}

/* Gives a reader a place, unless it has one. */
static haetae_status place(struct hae_sdk_readers *readers, haetae_metric_reader *handle)
{
    for (uint32_t i = 0; i < readers->count; i++) {
        if (readers->of[i].handle == handle) {
            return HAETAE_OK;
        }
    }
    if (readers->count == HAE_READERS_MAX) {
        return HAETAE_ELIMIT;
    }
    /* Relaxed: all that matters is who is first. */
    if (handle != NULL && atomic_exchange_explicit(&handle->is_taken, true, memory_order_relaxed)) {
        return HAETAE_ECONFLICT;
    }
    if (handle != NULL) {
        hae_reader_ref(handle);
    }
    readers->of[readers->count++].handle = handle;
    return HAETAE_OK;
}

/* The handles that the configuration asks for, in the order of their exporters. */
static haetae_status find_handles(struct hae_sdk_readers *readers, const haetae_config *config)
{
    uint32_t exporters = hae_config_exporters(config, HAETAE_SIGNAL_METRICS);
    haetae_status status = HAETAE_OK;

    for (size_t i = 0; config != NULL && i < config->exporter_count && status == HAETAE_OK; i++) {
        if ((exporters >> i & 1) != 0) {
            status = place(readers, reader_for(config, config->exporters[i]));
        }
    }
    for (uint32_t i = 0; config != NULL && i < config->parts.reader_count && status == HAETAE_OK;
         i++) {
        if (config->parts.readers[i].exporter == NULL) {
            status = place(readers, config->parts.readers[i].reader);
        }
    }
    return status == HAETAE_OK && readers->count == 0 ? place(readers, NULL) : status;
}

static haetae_status make(struct hae_sdk_readers *readers, struct hae_meter_provider *provider)
{
    uint32_t made = 0;

    while (made < readers->count) {
        struct hae_sdk_reader *own = &readers->of[made];
        const struct hae_temporality *temporality =
            own->handle != NULL ? &own->handle->temporality : &hae_temporality_cumulative;

        if (hae_metric_reader_init(&own->reader, provider, temporality) != HAETAE_OK) {
            break;
        }
        own->reader.index = made;
        if (own->handle != NULL) {
            own->reader.filter = own->handle->filter;
            provider->defaults.of[made] = own->handle->defaults;
            provider->defaults.pulled |= (uint32_t)own->handle->pull << made;
        }
        made++;
    }
    if (made == readers->count) {
        provider->defaults.count = made;
        return HAETAE_OK;
    }
    for (uint32_t i = 0; i < made; i++) {
        hae_metric_reader_done(&readers->of[i].reader);
    }
    return HAETAE_ENOMEM;
}

/* Those that no SDK has come to use are free for another one. */
static void give_back(struct hae_sdk_readers *readers)
{
    for (uint32_t i = 0; i < readers->count; i++) {
        haetae_metric_reader *handle = readers->of[i].handle;

        if (handle != NULL) {
            atomic_store_explicit(&handle->is_taken, handle->reader != NULL, memory_order_relaxed);
            hae_reader_unref(handle);
        }
    }
    readers->count = 0;
}

haetae_status hae_readers_init(struct hae_sdk_readers *readers, haetae_config *config,
                               struct hae_meter_provider *provider)
{
    haetae_status status = find_handles(readers, config);

    if (status == HAETAE_OK) {
        status = make(readers, provider);
    } else {
        hae_config_error_add(config, status == HAETAE_ECONFLICT
                                         ? "metric reader: another SDK has it"
                                         : "metric readers: no more than 9 can be used");
    }
    if (status != HAETAE_OK) {
        give_back(readers);
    }
    return status;
}

/* Hands the producers over to the provider. */
static void register_producers(haetae_metric_reader *handle, const struct hae_metric_reader *reader)
{
    const struct hae_producer_place place = {
        .provider = reader->provider,
        .callbacks = handle->producers != NULL ? hae_callbacks_of(reader->provider) : NULL,
        .reader = reader,
        .filter = reader->filter,
        .temporality_of = reader->temporality.of_kind};

    struct hae_producer **at = &handle->producers;

    while (*at != NULL) {
        struct hae_producer *producer = *at;
        struct hae_producer *next = producer->next;
        haetae_string name = producer->ops.scope_name;
        haetae_status status = hae_producer_register(producer, &place);

        if (status == HAETAE_OK) {
            *at = next;
            continue;
        }
        at = &producer->next;
        hae_diagnose(reader->provider->diagnostics, HAETAE_DIAGNOSTIC_ERROR, "no producer",
                     "metrics of the producer \"%.*s\" are not collected: %s", (int)name.length,
                     name.data, haetae_status_text(status));
    }
}

void hae_readers_attach(struct hae_sdk_readers *readers, haetae_sdk *sdk)
{
    for (uint32_t i = 0; i < readers->count; i++) {
        haetae_metric_reader *handle = readers->of[i].handle;

        if (handle != NULL) {
            register_producers(handle, &readers->of[i].reader);
            (void)hae_try_lock_wait(&handle->use, UINT64_MAX);
            handle->sdk = sdk;
            handle->reader = &readers->of[i].reader;
            hae_try_lock_release(&handle->use);
        }
    }
}

void hae_readers_detach(struct hae_sdk_readers *readers)
{
    for (uint32_t i = 0; i < readers->count; i++) {
        haetae_metric_reader *handle = readers->of[i].handle;

        if (handle != NULL) {
            (void)hae_try_lock_wait(&handle->use, UINT64_MAX);
            handle->sdk = NULL;
            hae_try_lock_release(&handle->use);
        }
    }
}

void hae_readers_done(struct hae_sdk_readers *readers)
{
    for (uint32_t i = 0; i < readers->count; i++) {
        hae_metric_reader_done(&readers->of[i].reader);
    }
    give_back(readers);
}

uint32_t hae_readers_index(const struct hae_sdk_readers *readers, const haetae_config *config,
                           const haetae_exporter *exporter, bool *ret_pulls)
{
    const haetae_metric_reader *handle = reader_for(config, exporter);
    uint32_t index = 0;

    while (index < readers->count && readers->of[index].handle != handle) {
        index++;
    }
    *ret_pulls = handle != NULL && handle->pull;
    return index;
}

/* ---- Sources ------------------------------------------------------------------------------ */

static bool is_periodic(const struct hae_sdk_reader *own)
{
    return own->handle == NULL || !own->handle->pull;
}

void hae_readers_add_sources(struct hae_sdk_readers *readers, struct hae_pipeline_options *options)
{
    bool any = false;

    for (uint32_t i = 0; i < readers->count; i++) {
        struct hae_sdk_reader *own = &readers->of[i];
        uint64_t interval = own->handle != NULL && own->handle->interval_ms != 0
                                ? own->handle->interval_ms
                                : options->metric_interval_ms;

        if (is_periodic(own)) {
            hae_metrics_source_init(&own->source, &own->reader, options->diagnostics, interval);
            if (own->handle != NULL) {
                own->source.batch_points_max = own->handle->batch_points_max;
            }
            options->sources[options->source_count++] = hae_metrics_source(&own->source);
            any = true;
        }
    }
    if (!any) {
        hae_metrics_source_init(&readers->idle, NULL, options->diagnostics,
                                options->metric_interval_ms);
        options->sources[options->source_count++] = hae_metrics_source(&readers->idle);
    }
}

bool hae_readers_are_delivered(struct hae_sdk_readers *readers, const struct hae_intake *intake)
{
    bool delivered = true;

    for (uint32_t i = 0; i < readers->count; i++) {
        if (is_periodic(&readers->of[i])) {
            delivered =
                delivered && hae_metrics_source_is_delivered(&readers->of[i].source, intake);
        }
    }
    return delivered;
}

bool hae_readers_have_ended(const struct hae_sdk_readers *readers)
{
    bool ended = true;

    for (uint32_t i = 0; i < readers->count; i++) {
        if (is_periodic(&readers->of[i])) {
            ended = ended && hae_metrics_source_has_ended(&readers->of[i].source);
        }
    }
    return ended;
}

void hae_readers_add_self_metrics(struct hae_sdk_readers *readers, struct hae_self_metrics *metrics)
{
    struct hae_metrics_source *first = &readers->idle;

    for (uint32_t i = readers->count; i-- > 0;) {
        first = is_periodic(&readers->of[i]) ? &readers->of[i].source : first;
    }
    first->self_metrics = metrics;
}
