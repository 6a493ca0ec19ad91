/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration is made of. */
#ifndef HAETAE_SDK_CONFIG_INTERNAL_H
#define HAETAE_SDK_CONFIG_INTERNAL_H

#include "haetae/config.h"
#include "haetae/exporter.h"
#include "haetae/request_headers.h"
#include "haetae/sampler.h"
#include "logs/processor.h"
#include "metrics/view.h"
#include "pipeline/exporter.h"
#include "pipeline/redact.h"
#include "recorder/scope_rules.h"
#include "resource/detect.h"
#include "sdk/config_registry.h"
#include "trace/processor.h"

#define HAE_CONFIG_EXPORTERS_MAX 8
#define HAE_CONFIG_LABELS_MAX    16
#define HAE_CONFIG_READERS_MAX   8
#define HAE_CONFIG_ERROR_BYTES   8192

/* What one source says about a key. */
struct hae_config_setting {
    struct hae_config_value value; /* text NULL: it has none */
    /* What it said last, when that cannot be used; or NULL. For keys of a destination, see
     * hae_config_is_vital(), nothing else is used in its place. */
    char *refused;
};

/* Where values come from. The first that has one wins; the defaults of the keys come last. */
enum hae_config_source {
    HAE_CONFIG_CODE,     /* haetae_config_set()         */
    HAE_CONFIG_ENV,      /* the environment             */
    HAE_CONFIG_FILE,     /* haetae_config_set_from_file() */
    HAE_CONFIG_FALLBACK, /* haetae_config_set_default() */
    HAE_CONFIG_SOURCE_COUNT
};

/* Lines of text. The size is fixed, so that a lack of memory can be reported as well. */
struct hae_config_text {
    char text[HAE_CONFIG_ERROR_BYTES];
    size_t length;
    bool stale;        /* from an earlier call */
    size_t line_count; /* of all calls so far  */
    unsigned left_out_count;
};

/* A reader of metrics, and the exporter that it collects for; NULL: none. */
struct hae_config_reader {
    haetae_metric_reader *reader;
    haetae_exporter *exporter;
};

/* The program's own; components.c, scopes.c and readers.c have the calls. */
struct hae_config_parts {
    haetae_sampler *sampler; /* NULL: OTEL_TRACES_SAMPLER */
    haetae_id_generator ids; /* its functions NULL: random ids */
    struct hae_scope_rules scopes[HAETAE_SIGNAL_COUNT];
    struct hae_span_processors span_processors;
    struct hae_log_processors log_processors;
    struct hae_redactor redactor;
    struct hae_config_reader readers[HAE_CONFIG_READERS_MAX];
    uint32_t reader_count;
    struct hae_views views;
};

/* The settings that go by one label of exporters: see config_named.h. */
struct hae_config_named {
    char suffix[HAE_LABEL_BYTES]; /* the label in capital letters, digits and _ */
    bool used;                    /* an exporter has the label                  */
    struct hae_config_setting settings[HAE_CONFIG_KEYS_MAX][HAE_CONFIG_SOURCE_COUNT];
};

struct haetae_config {
    struct hae_config_setting settings[HAE_CONFIG_KEYS_MAX][HAE_CONFIG_SOURCE_COUNT];
    struct hae_config_named *named[HAE_CONFIG_LABELS_MAX]; /* see config_named.h */
    size_t named_count;
    /* While an exporter with a label is made: its settings are in force before `settings`; NULL: it
     * has none. */
    bool is_labelled;
    const struct hae_config_named *current;
    haetae_exporter *exporters[HAE_CONFIG_EXPORTERS_MAX];
    size_t exporter_count;           /* the SDK sets it to 0 when it takes them */
    bool file_failed;                /* that OTEL_CONFIG_FILE names: nothing takes its place */
    char *file_loaded;               /* by OTEL_CONFIG_FILE; NULL: none */
    bool env_trusted;                /* also in a program with more rights than its caller */
    bool exporters_gone;             /* an SDK has those that were added; none was added since */
    struct haetae_resource resource; /* what was added in code */
    bool replaces_resource;          /* it is all there is to be */
    struct hae_own_detector *detectors[HAE_OWN_DETECTORS_MAX];
    size_t detector_count;
    struct hae_config_parts parts;
    haetae_diagnostics diagnostics; /* NULL: silent */
    void *diagnostics_user;
    void (*worker_start)(void *user); /* or NULL */
    void *worker_start_user;
    haetae_request_headers_callback request_headers; /* or NULL */
    void *request_headers_user;
    struct hae_config_text errors;   /* haetae_config_error()    */
    struct hae_config_text warnings; /* haetae_config_warnings() */
    size_t warned_bytes;             /* of the warnings: reported by a start */
};

#endif
