/* SPDX-License-Identifier: Apache-2.0 */
/* Declarative configuration: a YAML file instead of environment variables, in the format of
 * OpenTelemetry's configuration, version 1.1. Link haetae::config_file, or pkg-config
 * haetae-config-file.
 *
 * haetae_config_file_load() does everything. Or in two steps: haetae_config_model_parse() makes a
 * model of a file, haetae_config_model_create() sets a configuration to what the model says.
 * docs/config-file.md lists the supported parts of the format. Values of a file lose to
 * haetae_config_set() and to the environment, and win over haetae_config_set_default(). Only the
 * file counts for attributes of the resource and settings of its OTLP exporters. If
 * OTEL_CONFIG_FILE names the file, the environment's other variables are not read.
 * Threads: a model may be used by one thread at a time; several may read it.
 * Specification: "Declarative configuration", "Configuration SDK", "Configuration Data Model". */
#ifndef HAETAE_CONFIG_FILE_H
#define HAETAE_CONFIG_FILE_H

#include "haetae/config.h"
#include "haetae/status.h"
#include "haetae/types.h"

HAETAE_BEGIN_DECLS

/* Registers the reader of files for OTEL_CONFIG_FILE, see haetae_config_load_env(). The shared
 * library does this when it is loaded. A program that calls no other function of this header
 * calls this one, so that the linker keeps the library.
 * Threads: any. Errors: those of haetae_config_register_file_reader(). */
HAETAE_API haetae_status haetae_config_file_register(void);

/* Parses the file and sets the configuration to what it says, exporters included.
 * Errors: HAETAE_EIO (the file cannot be read: it must be a regular file of at most 1 MiB),
 * HAETAE_EFORMAT (it is not YAML, or does not follow the schema), HAETAE_EVALUE (a value cannot be
 * used), HAETAE_EUNSUPPORTED (it asks for something that haetae does not have), HAETAE_EINVAL,
 * HAETAE_ENOMEM. haetae_config_error() has a line for each error: file, line, the key's path and
 * what was expected. On failure `config` may have been changed in part: free it. */
HAETAE_API haetae_status haetae_config_file_load(haetae_config *config, const char *path);

/* ---- The model ---------------------------------------------------------------- */

/* The contents of a file, checked against the schema, with references to environment variables
 * replaced by their values. */
typedef struct haetae_config_model haetae_config_model;

/* A part of it. It belongs to the model. */
typedef struct haetae_config_node haetae_config_node;

/* Parses YAML. `name` stands for the file in errors, which go to `config`.
 * ${VAR}, ${env:VAR} and ${VAR:-default} in values are replaced, $$ becomes $. Not in a program
 * with more rights than the user who started it: there every variable counts as unset.
 * Aliases are followed; a text of more than 1 MiB, nodes more than 32 deep, maps of more than
 * 1000 keys, more than 20000 nodes and more than 4 MiB of values are refused.
 * Ownership: the caller frees the model with haetae_config_model_free(). Output untouched on
 * failure. Errors: HAETAE_EFORMAT, HAETAE_EINVAL, HAETAE_ENOMEM. Specification: "Parse". */
HAETAE_API haetae_status haetae_config_model_parse(haetae_config *config, const char *name,
                                                   const char *text, size_t length,
                                                   haetae_config_model **ret_model);

/* The same for a file. Errors: also HAETAE_EIO. */
HAETAE_API haetae_status haetae_config_model_load(haetae_config *config, const char *path,
                                                  haetae_config_model **ret_model);

/* Sets the configuration to what the model says, and adds the exporters to it. The model stays the
 * caller's. Errors: HAETAE_EVALUE, HAETAE_EUNSUPPORTED, HAETAE_EINVAL, HAETAE_ENOMEM, those of
 * components. Specification: "Create". */
HAETAE_API haetae_status haetae_config_model_create(const haetae_config_model *model,
                                                    haetae_config *config);

/* NULL: does nothing. */
HAETAE_API void haetae_config_model_free(haetae_config_model *model);

/* The outermost map; NULL for NULL. */
HAETAE_API const haetae_config_node *haetae_config_model_root(const haetae_config_model *model);

/* What a node is. Values without quotes have the type that YAML 1.2's core schema gives them. */
typedef enum haetae_config_node_type {
    HAETAE_CONFIG_NODE_NULL = 0,
    HAETAE_CONFIG_NODE_BOOL = 1,
    HAETAE_CONFIG_NODE_INT64 = 2,
    HAETAE_CONFIG_NODE_DOUBLE = 3,
    HAETAE_CONFIG_NODE_STRING = 4,
    HAETAE_CONFIG_NODE_LIST = 5,
    HAETAE_CONFIG_NODE_MAP = 6
} haetae_config_node_type;

/* HAETAE_CONFIG_NODE_NULL for NULL. */
HAETAE_API haetae_config_node_type haetae_config_node_type_of(const haetae_config_node *node);

/* The line in its file, from 1; 0 for NULL. */
HAETAE_API uint32_t haetae_config_node_line(const haetae_config_node *node);

/* How many nodes a list or a map has; 0 for others. */
HAETAE_API size_t haetae_config_node_count(const haetae_config_node *node);

/* Node number `index`, from 0, of a list or a map; NULL: there is none. */
HAETAE_API const haetae_config_node *haetae_config_node_at(const haetae_config_node *node,
                                                           size_t index);

/* The node with this key in a map; NULL: there is none. For a key whose value is null it returns a
 * node. */
HAETAE_API const haetae_config_node *haetae_config_node_find(const haetae_config_node *node,
                                                             const char *key);

/* The key of a node in a map; "" for others. It ends with NUL. */
HAETAE_API const char *haetae_config_node_key(const haetae_config_node *node);

/* The text of a value, as in the file after references to variables are replaced; "" for others. It
 * ends with NUL. */
HAETAE_API const char *haetae_config_node_text(const haetae_config_node *node);

/* The value of a node of this type. Output untouched on failure. Errors: HAETAE_EINVAL (a node of
 * another type, or NULL); a double may be read from a whole number. */
HAETAE_API haetae_status haetae_config_node_bool(const haetae_config_node *node, bool *ret_value);
HAETAE_API haetae_status haetae_config_node_int64(const haetae_config_node *node,
                                                  int64_t *ret_value);
HAETAE_API haetae_status haetae_config_node_double(const haetae_config_node *node,
                                                   double *ret_value);

/* ---- Components by name ------------------------------------------------------- */

/* Where a component may stand in a file. */
typedef enum haetae_config_component_kind {
    HAETAE_CONFIG_EXPORTER = 0,          /* of a processor or a periodic reader    */
    HAETAE_CONFIG_SAMPLER = 1,           /* tracer_provider.sampler, or in another one */
    HAETAE_CONFIG_SPAN_PROCESSOR = 2,    /* tracer_provider.processors[]           */
    HAETAE_CONFIG_LOG_PROCESSOR = 3,     /* logger_provider.processors[]           */
    HAETAE_CONFIG_PROPAGATOR = 4,        /* propagator.composite[]                 */
    HAETAE_CONFIG_RESOURCE_DETECTOR = 5, /* resource.detection/development.detectors[] */
    HAETAE_CONFIG_ID_GENERATOR = 6       /* tracer_provider.id_generator           */
} haetae_config_component_kind;

/* Makes a component that a file names. HAETAE_OPTIONS sets struct_size. */
typedef struct haetae_config_component {
    size_t struct_size;
    int32_t kind;     /* a haetae_config_component_kind */
    int32_t reserved; /* zero */
    const char *name; /* the key in the file; at most 63 bytes; copied */
    void *user;

    /* Makes the component from its properties (a map, or null), and gives it to `config` with the
     * call for its kind: haetae_config_add_exporter(), haetae_config_set_sampler(),
     * haetae_config_add_resource_detector() and so on; a propagator of its name with
     * haetae_propagator_register(). `signals`: for an exporter, the signals that it gets, a bit set
     * of 1 << haetae_signal; see haetae_exporter_ops.signals. It reports errors with
     * haetae_config_add_error() and a status. */
    haetae_status (*create)(void *user, haetae_config *config, uint32_t signals,
                            const haetae_config_node *properties);
} haetae_config_component;

/* Makes a component known to the process. Exporters that are registered by
 * haetae_exporter_register() are known without it, and read no properties.
 * Threads: any, one at a time. Errors: HAETAE_EINVAL, HAETAE_ECONFLICT (one of this kind and name
 * is known), HAETAE_ELIMIT (more than 32). Specification: "Register PluginComponentProvider". */
HAETAE_API haetae_status haetae_config_component_register(const haetae_config_component *component);

HAETAE_END_DECLS

#endif
