/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration is made of. */
#ifndef HAETAE_SDK_CONFIG_INTERNAL_H
#define HAETAE_SDK_CONFIG_INTERNAL_H

#include "haetae/config.h"
#include "haetae/exporter.h"
#include "sdk/config_keys.h"
#include "sdk/resource_list.h"

#define HAE_CONFIG_EXPORTERS_MAX 8
#define HAE_CONFIG_ERROR_BYTES   8192

/* What was set for a key; text NULL where nothing was. */
struct hae_config_slot {
    struct hae_config_value code; /* by haetae_config_set()  */
    struct hae_config_value env;  /* from the environment    */
};

struct haetae_config {
    struct hae_config_slot slots[HAE_CONFIG_KEYS_MAX]; /* by the numbers of the keys */
    haetae_exporter *exporters[HAE_CONFIG_EXPORTERS_MAX];
    size_t exporter_count;          /* the SDK sets it to 0 when it takes them */
    struct hae_resource resource;   /* attributes added in code */
    haetae_diagnostics diagnostics; /* NULL: silent */
    void *diagnostics_user;
    void (*worker_start)(void *user); /* or NULL */
    void *worker_start_user;
    /* The text of haetae_config_error(). It has a fixed size, so that a lack of memory
     * can be reported as well. */
    char error[HAE_CONFIG_ERROR_BYTES];
    size_t error_length;
    bool error_stale;        /* from an earlier call */
    size_t error_line_count; /* of all calls so far  */
    unsigned error_left_out_count;
};

#endif
