/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration is made of, and how the SDK reads it. */
#ifndef HAE_SDK_CONFIG_INTERNAL_H
#define HAE_SDK_CONFIG_INTERNAL_H

#include "haetae/config.h"
#include "haetae/exporter.h"
#include "sdk/config_value.h"
#include "sdk/resource_list.h"

#define HAE_CONFIG_EXPORTERS_MAX 8
#define HAE_CONFIG_ERROR_BYTES   8192

/* The places of the choices of the keys, as hae_config_int() gives them. */
enum hae_sampler { /* OTEL_TRACES_SAMPLER */
                   HAE_SAMPLER_ALWAYS_ON,
                   HAE_SAMPLER_ALWAYS_OFF,
                   HAE_SAMPLER_RATIO,
                   HAE_SAMPLER_PARENT_ALWAYS_ON,
                   HAE_SAMPLER_PARENT_ALWAYS_OFF,
                   HAE_SAMPLER_PARENT_RATIO
};
enum hae_worker_mode { HAE_WORKER_THREAD, HAE_WORKER_MANUAL };      /* HAETAE_WORKER */
enum hae_clock_mode { HAE_CLOCK_MODE_AUTO, HAE_CLOCK_MODE_SYSTEM }; /* HAETAE_CLOCK */

/* Canonical text, or NULL where it was not set. */
struct hae_config_value {
    char *code; /* by haetae_config_set()  */
    char *env;  /* from the environment    */
};

struct haetae_config {
    struct hae_config_value values[HAE_CONFIG_KEY_COUNT];
    haetae_exporter *exporters[HAE_CONFIG_EXPORTERS_MAX];
    size_t exporter_count;          /* the SDK sets it to 0 when it takes them */
    struct hae_resource resource;   /* attributes added in code */
    haetae_diagnostics diagnostics; /* NULL: silent */
    void *diagnostics_user;
    void (*worker_start)(void *user); /* or NULL */
    void *worker_start_user;
    /* The text of haetae_config_error(): of fixed size, so that it can tell of
     * a lack of memory too. */
    char error[HAE_CONFIG_ERROR_BYTES];
    size_t error_length;
    bool error_stale; /* from an earlier call */
    unsigned error_left_out_count;
};

/* ---- Reading. A NULL configuration is one of defaults. ------------------- */

/* The value in force; "" when there is none. */
const char *hae_config_text(const haetae_config *config, enum hae_config_key key);

/* Whether code or environment says anything. */
bool hae_config_is_set(const haetae_config *config, enum hae_config_key key);

bool hae_config_bool(const haetae_config *config, enum hae_config_key key);

/* Milliseconds, a count, bytes, a severity, or the place of a choice; -1 when
 * there is no value, not even a default. */
int64_t hae_config_int(const haetae_config *config, enum hae_config_key key);

/* A ratio; `otherwise` when there is no value. */
double hae_config_real(const haetae_config *config, enum hae_config_key key, double otherwise);

/* The specific key where it is set, else the general one, else their defaults in
 * this order. Specification: "Attribute limits". */
int64_t hae_config_int_or(const haetae_config *config, enum hae_config_key specific,
                          enum hae_config_key general);

/* Whether a list contains a name. */
bool hae_config_lists(const haetae_config *config, enum hae_config_key key, const char *name);

/* Which exporters OTEL_<SIGNAL>_EXPORTER chooses: bit i stands for exporters[i].
 * What an exporter itself takes is not looked at. */
uint32_t hae_config_exporters(const haetae_config *config, haetae_signal signal);

/* ---- Errors ------------------------------------------------------------- */

/* HAETAE_EVALUE when values contradict each other or name an exporter that was not
 * added; haetae_config_error() tells of each. Specific values that were left to
 * the default never contradict: the SDK takes the lesser. */
haetae_status hae_config_check(haetae_config *config);

/* Begins a call: its first error, should there be one, begins a new text. */
void hae_config_error_start(haetae_config *config);

/* Adds a line to it; what doesn't fit is counted. */
void hae_config_error_add(haetae_config *config, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds the line KEY="value": expected ...; fault. `fault` may be "". */
void hae_config_error_value(haetae_config *config, enum hae_config_key key, const char *value,
                            const char *fault);

/* Adds a line about a name that is not in the table; its value may be a secret,
 * so it is not shown. */
void hae_config_error_unknown(haetae_config *config, const char *name);

/* Shows a key's value for a line of text: quoted, escaped and shortened, without
 * a URL's user and password, or "(hidden)". */
#define HAE_CONFIG_SHOWN_BYTES 144
void hae_config_show(enum hae_config_key key, const char *value, char out[HAE_CONFIG_SHOWN_BYTES]);

#endif
