/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of metrics: those of a configuration, and of an SDK. */
#ifndef HAETAE_SDK_READERS_H
#define HAETAE_SDK_READERS_H

#include "sdk/config_internal.h"
#include "sdk/metric_reader.h"
#include "sdk/source_metrics.h"

struct hae_sdk_reader {
    haetae_metric_reader *handle; /* NULL: the default one, of exporters that have none */
    struct hae_metric_reader reader;
    struct hae_metrics_source source; /* of a periodic one */
};

/* Of an SDK. The index of a reader is that of the provider's defaults, and the group of those
 * destinations that it collects for. */
struct hae_sdk_readers {
    struct hae_sdk_reader of[HAE_READERS_MAX];
    uint32_t count;
    struct hae_metrics_source idle; /* where none is periodic: for the SDK's own metrics */
};

/* Finds the readers that a configuration asks for, and has the provider make streams for them.
 * Errors: HAETAE_ECONFLICT (another SDK has one of them), HAETAE_ENOMEM; then there is nothing to
 * undo. */
haetae_status hae_readers_init(struct hae_sdk_readers *readers, haetae_config *config,
                               struct hae_meter_provider *provider);

/* The start has succeeded: the handles lead to the SDK. When it is about to be freed, they do not
 * any more, and nobody collects with them. */
void hae_readers_attach(struct hae_sdk_readers *readers, haetae_sdk *sdk);
void hae_readers_detach(struct hae_sdk_readers *readers);
void hae_readers_done(struct hae_sdk_readers *readers);

/* The index of the reader that collects for an exporter of the configuration. *ret_pulls: the
 * exporter itself collects with it, and gets no deliveries of metrics. */
uint32_t hae_readers_index(const struct hae_sdk_readers *readers, const haetae_config *config,
                           const haetae_exporter *exporter, bool *ret_pulls);

/* Adds the sources of the periodic ones. */
void hae_readers_add_sources(struct hae_sdk_readers *readers, struct hae_pipeline_options *options);

/* The first periodic one brings the SDK's own metrics up to date. */
void hae_readers_add_self_metrics(struct hae_sdk_readers *readers,
                                  struct hae_self_metrics *metrics);

/* Of all periodic ones: see source_metrics.h. */
bool hae_readers_are_delivered(struct hae_sdk_readers *readers, const struct hae_intake *intake);
bool hae_readers_have_ended(const struct hae_sdk_readers *readers);

/* Has a configuration forget the readers behind the first `count`. */
void hae_config_readers_cut(haetae_config *config, uint32_t count);

#endif
