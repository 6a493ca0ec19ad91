/* SPDX-License-Identifier: Apache-2.0 */
/* Sets a configuration to what a tree says. */
#ifndef HAETAE_CONFIG_FILE_APPLY_H
#define HAETAE_CONFIG_FILE_APPLY_H

#include "faults.h"
#include "haetae/exporter.h"
#include "haetae/reader.h"
#include "haetae/signal.h"

enum { HAE_OTLP_MAX = 8, HAE_SHARED_MAX = 16 };

/* A reader of metrics. */
struct hae_file_reader {
    haetae_metric_reader_options options;
    bool is_own;       /* not as the default one is by its keys */
    bool has_exporter; /* one that can have it                  */
};

struct hae_apply {
    haetae_config *config;
    haetae_config_model *model; /* for those that keep it */
    struct hae_faults *faults;
    haetae_signal signal; /* of the provider that is being applied */
    uint32_t signals;     /* that have a provider */
    /* The n-th OTLP exporter of each signal shares an exporter with the n-th ones of the others
     * that have its protocol: their settings, and the signals that it gets. */
    struct {
        haetae_config *config;
        const char *protocol;
        uint32_t signals;
        const haetae_config_node *node;
        struct hae_file_reader reader; /* of metrics */
        int backup_of; /* the slot of the first of a list of failover; -1: it is no backup */
        haetae_exporter *last; /* of that list, once it is made */
    } otlp[HAE_OTLP_MAX];
    size_t otlp_count;
    size_t otlp_used; /* the slot that was applied last */
    /* Of the list of failover that is being applied: its first slot; -1: that one comes first, or
     * there is no such list. */
    int failover_first;
    /* Keys that several parts of a file set, and what the first of them says. */
    struct hae_shared {
        const char *key;
        const char *value;
        const haetae_config_node *node;
    } shared[HAE_SHARED_MAX];
    size_t shared_count;
    struct hae_file_reader reader;       /* that is being applied */
    struct hae_file_reader first_reader; /* that keys are set of; no struct_size: none yet */
    haetae_config *target;               /* that keys are set in: `config`, or one of these */
};

struct hae_type;

/* Applies each property of an object as its row of the schema says. */
void hae_apply_object(struct hae_apply *apply, const haetae_config_node *node,
                      const struct hae_type *type);

/* The name of a key: in `pattern` the signal stands in the place of %. */
enum { HAE_KEY_BYTES = 80 };
void hae_apply_key_name(const struct hae_apply *apply, const char *pattern,
                        char ret_key[HAE_KEY_BYTES]);

/* Sets a key of apply->target; what is wrong with the value becomes a fault of the node. */
void hae_apply_key(struct hae_apply *apply, const haetae_config_node *node, const char *key,
                   const char *value);

/* The same, unless it is set to another value already: haetae has one for all. */
void hae_apply_shared_key(struct hae_apply *apply, const haetae_config_node *node, const char *key,
                          const char *value);

/* Makes a component that a program has registered. */
void hae_apply_component(struct hae_apply *apply, const haetae_config_node *node, int kind);

#endif
