/* SPDX-License-Identifier: Apache-2.0 */
#include "apply_exporter.h"

#include "apply_reader.h"
#include "haetae/exporter.h"
#include "haetae/request_headers.h"

/* Adds an exporter, or frees it. */
static bool add(struct hae_apply *apply, const haetae_config_node *node,
                const struct hae_file_reader *reader, haetae_exporter *exporter)
{
    haetae_status status = haetae_config_add_exporter(apply->config, exporter);

    if (status != HAETAE_OK) {
        hae_fault(apply->faults, status, node, "%.200s", haetae_config_error(apply->config));
        haetae_exporter_free(exporter);
    } else if (reader != NULL) {
        hae_add_reader(apply, reader, node, exporter);
    }
    return status == HAETAE_OK;
}

/* ---- OTLP ----------------------------------------------------------------------------------- */

/* The first of the protocol that does not have the signal yet. Errors: HAETAE_ELIMIT,
 * HAETAE_ENOMEM. */
static haetae_status find_slot(struct hae_apply *apply, const char *protocol, size_t *ret_slot)
{
    haetae_status status = HAETAE_OK;
    size_t i = 0;

    while (i < apply->otlp_count && ((apply->otlp[i].signals >> apply->signal & 1) != 0 ||
                                     strcmp(apply->otlp[i].protocol, protocol) != 0 ||
                                     apply->otlp[i].backup_of != apply->failover_first)) {
        i++;
    }
    if (i == HAE_OTLP_MAX) {
        return HAETAE_ELIMIT;
    }
    if (i == apply->otlp_count) {
        apply->otlp[i].protocol = protocol;
        apply->otlp[i].backup_of = apply->failover_first;
        status = haetae_config_new(&apply->otlp[i].config);
        apply->otlp_count += status == HAETAE_OK;
    }
    *ret_slot = i;
    return status;
}

static void apply_otlp(struct hae_apply *apply, const haetae_config_node *node,
                       const struct hae_type *type, const char *protocol)
{
    size_t slot;
    haetae_status status = find_slot(apply, protocol, &slot);

    if (status != HAETAE_OK) {
        hae_fault(apply->faults, status, node, "%s",
                  status == HAETAE_ELIMIT ? "there are too many exporters" : "out of memory");
        return;
    }
    apply->otlp_used = slot;
    apply->otlp[slot].signals |= UINT32_C(1) << apply->signal;
    apply->otlp[slot].node = node;
    apply->target = apply->otlp[slot].config;
    hae_apply_object(apply, node, type);
    apply->target = apply->config;
    if (apply->signal == HAETAE_SIGNAL_METRICS) {
        apply->reader.has_exporter = true;
        apply->otlp[slot].reader = apply->reader;
    }
}

void hae_apply_otlp_http(struct hae_apply *apply, const haetae_config_node *node,
                         const struct hae_type *type)
{
    const char *encoding = haetae_config_node_text(haetae_config_node_find(node, "encoding"));

    apply_otlp(apply, node, type, strcmp(encoding, "json") == 0 ? "http/json" : "http/protobuf");
}

void hae_apply_otlp_grpc(struct hae_apply *apply, const haetae_config_node *node,
                         const struct hae_type *type)
{
    apply_otlp(apply, node, type, "grpc");
}

/* ---- OTLP in files -------------------------------------------------------------------------- */

static const char file_protocol[] = "file";

void hae_apply_otlp_file(struct hae_apply *apply, const haetae_config_node *node,
                         const struct hae_type *type)
{
    apply_otlp(apply, node, type, file_protocol);
}

/* "stdout", or a URL of a file. */
void hae_apply_output_stream(struct hae_apply *apply, const haetae_config_node *node,
                             const struct hae_type *type)
{
    static const char scheme[] = "file://";
    const char *path = node->text;
    char key[HAE_KEY_BYTES];

    (void)type;
    if (strncmp(path, scheme, sizeof scheme - 1) == 0) {
        path += sizeof scheme - 1;
    }
    if (strcmp(node->text, "stdout") != 0 && path[0] != '/') {
        hae_fault(apply->faults, HAETAE_EVALUE, node,
                  "expected stdout, or file:// with an absolute path");
        return;
    }
    hae_apply_key_name(apply, "HAETAE_OTLP_FILE_%_OUTPUT", key);
    hae_apply_key(apply, node, key, path);
}

/* The format has no rules of rotation: they are keys of the whole configuration. */
static haetae_status make_file_exporter(const haetae_config *of, haetae_config *config,
                                        uint32_t signals, haetae_exporter **ret_exporter)
{
    static const char *const keys[] = {"HAETAE_OTLP_FILE_MAX_BACKUPS", "HAETAE_OTLP_FILE_MAX_BYTES",
                                       "HAETAE_OTLP_FILE_MAX_DAYS",
                                       "HAETAE_OTLP_FILE_ROTATE_INTERVAL"};
    haetae_status status = HAETAE_OK;

    for (size_t i = 0; i < sizeof keys / sizeof keys[0] && status == HAETAE_OK; i++) {
        const char *value = haetae_config_get(of, keys[i]);

        /* Without the exporter's library there are no such keys. */
        status = value != NULL ? haetae_config_set(config, keys[i], value) : HAETAE_OK;
    }
    return status == HAETAE_OK
               ? haetae_exporter_create_for(config, "otlp_file", NULL, signals, ret_exporter)
               : status;
}

/* Copies keys of the whole configuration to that of one exporter. */
struct key_copy {
    const haetae_config *from;
    haetae_config *to;
    haetae_status status;
};

/* What the format does not have, such as User-Agent, is a key below distribution.haetae. What an
 * exporter's own properties set stays. */
static void copy_wire_key(void *user, const char *key, const char *default_value, const char *help)
{
    static const char prefix[] = "HAETAE_OTLP_";
    static const char of_files[] = "HAETAE_OTLP_FILE_";
    struct key_copy *copy = user;
    const char *value = haetae_config_get_secret(copy->from, key);

    (void)help;
    if (copy->status != HAETAE_OK || strncmp(key, prefix, sizeof prefix - 1) != 0 ||
        strncmp(key, of_files, sizeof of_files - 1) == 0 || strcmp(value, default_value) == 0 ||
        haetae_config_is_set(copy->to, key)) {
        return;
    }
    if (value[0] == '\0') {
        haetae_config_add_error(copy->to, key, "the value for all exporters cannot be used");
        copy->status = HAETAE_EVALUE;
    } else {
        copy->status = haetae_config_set(copy->to, key, value);
    }
}

static haetae_status make_wire_exporter(const haetae_config *of, haetae_config *config,
                                        const char *protocol, uint32_t signals,
                                        haetae_exporter **ret_exporter)
{
    struct key_copy copy = {of, config, HAETAE_OK};
    void *user = NULL;
    haetae_request_headers_callback callback = haetae_config_get_request_headers(of, &user);

    haetae_config_keys(copy_wire_key, &copy);
    (void)haetae_config_set_request_headers(config, callback, user);
    return copy.status == HAETAE_OK
               ? haetae_exporter_create_for(config, "otlp", protocol, signals, ret_exporter)
               : copy.status;
}

static haetae_status make_exporter(const struct hae_apply *apply, size_t slot,
                                   haetae_exporter **ret_exporter)
{
    haetae_config *config = apply->otlp[slot].config;
    uint32_t signals = apply->otlp[slot].signals;

    if (apply->otlp[slot].protocol == file_protocol) {
        return make_file_exporter(apply->config, config, signals, ret_exporter);
    }
    return make_wire_exporter(apply->config, config, apply->otlp[slot].protocol, signals,
                              ret_exporter);
}

/* Makes an exporter stand in for those before it in its list, the first of which comes in an
 * earlier slot. */
static void add_backup(struct hae_apply *apply, size_t slot, haetae_exporter *exporter)
{
    haetae_exporter **last = &apply->otlp[apply->otlp[slot].backup_of].last;
    haetae_status status = *last != NULL ? haetae_exporter_set_backup(*last, exporter)
                                         : HAETAE_EINVAL; /* that one has failed */

    if (status != HAETAE_OK) {
        haetae_exporter_free(exporter);
    } else {
        *last = exporter;
    }
}

/* Without the exporter's library its keys are not known, and hae_apply_key() says so. */
void hae_make_otlp_exporters(struct hae_apply *apply)
{
    for (size_t i = 0; i < apply->otlp_count; i++) {
        haetae_config *config = apply->otlp[i].config;
        haetae_exporter *exporter = NULL;
        haetae_status status = make_exporter(apply, i, &exporter);

        if (status != HAETAE_OK) {
            hae_fault(apply->faults, status, apply->otlp[i].node, "%.250s",
                      haetae_config_error(config));
        } else if (apply->otlp[i].backup_of >= 0) {
            add_backup(apply, i, exporter);
        } else if (add(apply, apply->otlp[i].node, &apply->otlp[i].reader, exporter)) {
            apply->otlp[i].last = exporter;
        }
    }
}

/* ---- Failover ------------------------------------------------------------------------------- */

static bool may_stand_in(const haetae_config_node *exporter)
{
    static const char *const names[] = {"otlp_http", "otlp_grpc", "otlp_file/development"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (haetae_config_node_find(exporter, names[i]) != NULL) {
            return true;
        }
    }
    return false;
}

void hae_apply_failover(struct hae_apply *apply, const haetae_config_node *node,
                        const struct hae_type *type)
{
    for (const haetae_config_node *one = node->first; one != NULL; one = one->next) {
        if (!may_stand_in(one)) {
            hae_fault(apply->faults, HAETAE_EUNSUPPORTED, one,
                      "expected otlp_http, otlp_grpc or otlp_file/development");
            continue;
        }
        hae_apply_object(apply, one, type);
        if (apply->failover_first < 0) {
            apply->failover_first = (int)apply->otlp_used;
        }
    }
    apply->failover_first = -1;
}

/* ---- Files of TLS ---------------------------------------------------------------------------- */

/* Specification: the schema wants absolute paths. */
void hae_apply_file(struct hae_apply *apply, const haetae_config_node *node,
                    const struct hae_type *type)
{
    static const char *const keys[][2] = {{"ca_file", "OTEL_EXPORTER_OTLP_%_CERTIFICATE"},
                                          {"key_file", "OTEL_EXPORTER_OTLP_%_CLIENT_KEY"},
                                          {"cert_file", "OTEL_EXPORTER_OTLP_%_CLIENT_CERTIFICATE"}};
    char key[HAE_KEY_BYTES];

    (void)type;
    if (node->text[0] != '/') {
        hae_fault(apply->faults, HAETAE_EVALUE, node, "expected an absolute path");
        return;
    }
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strcmp(node->key, keys[i][0]) == 0) {
            hae_apply_key_name(apply, keys[i][1], key);
            hae_apply_key(apply, node, key, node->text);
        }
    }
}

/* ---- Others --------------------------------------------------------------------------------- */

void hae_apply_named_exporter(struct hae_apply *apply, const haetae_config_node *node,
                              const struct hae_type *type)
{
    haetae_exporter *exporter = NULL;
    haetae_status status;

    if (type != NULL) {
        hae_apply_object(apply, node, type);
    } else if (node->count != 0) {
        hae_fault(apply->faults, HAETAE_EUNSUPPORTED, node,
                  "this exporter takes no properties: none is registered as a component");
        return;
    }
    status = haetae_exporter_create_for(apply->config, node->key, NULL,
                                        UINT32_C(1) << apply->signal, &exporter);
    if (status != HAETAE_OK) {
        hae_fault(apply->faults, status, node, "%.250s", haetae_config_error(apply->config));
        return;
    }
    apply->reader.has_exporter = true;
    (void)add(apply, node, apply->signal == HAETAE_SIGNAL_METRICS ? &apply->reader : NULL,
              exporter);
}
