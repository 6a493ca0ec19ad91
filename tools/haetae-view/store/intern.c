/* SPDX-License-Identifier: Apache-2.0 */
#include "store/intern.h"

#include <string.h>

#include "store/bind.h"
#include "store/connection.h"
#include "store/schema.h"

#define PARTS_MAX 5

static struct hae_view_text text_of(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    return (struct hae_view_text){(const char *)text,
                                  (size_t)sqlite3_column_bytes(statement, column)};
}

/* What makes two rows the same: their texts and two numbers. */
struct identity {
    struct hae_view_text texts[PARTS_MAX];
    size_t text_count;
    int64_t numbers[3];
};

static size_t bytes_of(const struct identity *identity)
{
    size_t bytes = 0;
    for (size_t i = 0; i < identity->text_count; i++) {
        bytes += identity->texts[i].length;
    }
    return bytes;
}

static struct hae_view_digest digest_of(const struct hae_view_database *database,
                                        const struct identity *identity)
{
    /* Texts one after the other, when they are short, with their lengths before them. */
    char parts[512];
    size_t used = 0;
    size_t room = sizeof identity->numbers + PARTS_MAX * sizeof(int64_t) + bytes_of(identity);
    for (size_t i = 0; i < identity->text_count; i++) {
        const struct hae_view_text *text = &identity->texts[i];
        /* A missing text differs from an empty one. */
        int64_t length = text->data != NULL ? (int64_t)text->length : -1;
        memcpy(parts + used, &length, sizeof length);
        used += sizeof length;
        if (room > sizeof parts && text->data != NULL) {
            struct hae_view_digest digest =
                hae_view_digest(database->key, text->data, text->length);
            memcpy(parts + used, &digest, sizeof digest);
            used += sizeof digest;
        } else if (text->length > 0) {
            memcpy(parts + used, text->data, text->length);
            used += text->length;
        }
    }
    memcpy(parts + used, identity->numbers, sizeof identity->numbers);
    return hae_view_digest(database->key, parts, used + sizeof identity->numbers);
}

/* ---- The identities of each kind ------------------------------------------------------ */

static struct identity resource_identity(struct hae_view_text service,
                                         struct hae_view_text instance,
                                         struct hae_view_text version,
                                         struct hae_view_text attributes)
{
    return (struct identity){{service, instance, version, attributes}, 4, {0}};
}

static struct identity scope_identity(struct hae_view_text name, struct hae_view_text version,
                                      struct hae_view_text attributes)
{
    return (struct identity){{name, version, attributes}, 3, {0}};
}

static struct identity op_identity(struct hae_view_text service, struct hae_view_text name,
                                   int64_t kind, int64_t entry)
{
    return (struct identity){{service, name}, 2, {kind, entry}};
}

static struct identity series_identity(int64_t metric, int64_t resource,
                                       struct hae_view_text attributes)
{
    return (struct identity){{attributes}, 1, {metric, resource}};
}

/* The kind and the temporality lie in one number. */
static struct identity metric_identity(struct hae_view_text service, int64_t scope,
                                       struct hae_view_text name, struct hae_view_text unit,
                                       int64_t kind_temporality)
{
    return (struct identity){{service, name, unit}, 3, {scope, kind_temporality}};
}

/* ---- Loading --------------------------------------------------------------------------- */

static struct identity identity_in(enum hae_view_memo_kind kind, sqlite3_stmt *row)
{
    switch (kind) {
    case HAE_VIEW_MEMO_RESOURCE:
        return resource_identity(text_of(row, 1), text_of(row, 2), text_of(row, 3),
                                 text_of(row, 4));
    case HAE_VIEW_MEMO_SCOPE:
        return scope_identity(text_of(row, 1), text_of(row, 2), text_of(row, 3));
    case HAE_VIEW_MEMO_OP:
        return op_identity(text_of(row, 1), text_of(row, 2), sqlite3_column_int64(row, 3),
                           sqlite3_column_int64(row, 4));
    case HAE_VIEW_MEMO_METRIC:
        return metric_identity(text_of(row, 1), sqlite3_column_int64(row, 2), text_of(row, 3),
                               text_of(row, 4), sqlite3_column_int64(row, 5));
    case HAE_VIEW_MEMO_SERIES:
        return series_identity(sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2),
                               text_of(row, 3));
    default:
        return (struct identity){{text_of(row, 1), text_of(row, 2), text_of(row, 3)}, 3, {0}};
    }
}

static bool load(struct hae_view_database *database, enum hae_view_memo_kind kind,
                 const char *query)
{
    struct hae_view_memo *memo = &database->memos[kind];
    sqlite3_stmt *row;
    if (sqlite3_prepare_v2(database->db, query, -1, &row, NULL) != SQLITE_OK) {
        return false;
    }
    int code;
    bool room = true;
    while (room && (code = sqlite3_step(row)) == SQLITE_ROW) {
        struct identity identity = identity_in(kind, row);
        room =
            hae_view_memo_add(memo, digest_of(database, &identity), sqlite3_column_int64(row, 0));
        database->interned_bytes += bytes_of(&identity);
    }
    sqlite3_finalize(row);
    return room ? code == SQLITE_DONE : hae_view_memo_is_full(memo);
}

static const char *const load_queries[HAE_VIEW_MEMOS] = {
    [HAE_VIEW_MEMO_RESOURCE] = "SELECT id, service, instance, version, attributes FROM resource",
    [HAE_VIEW_MEMO_SCOPE] = "SELECT id, name, version, attributes FROM scope",
    [HAE_VIEW_MEMO_OP] = "SELECT id, service, name, kind, entry FROM op",
    [HAE_VIEW_MEMO_METRIC] =
        "SELECT id, service, scope, name, unit, kind * 4 + temporality FROM metric",
    [HAE_VIEW_MEMO_SERIES] = "SELECT id, metric, resource, attributes FROM series",
    [HAE_VIEW_MEMO_ERROR] = "SELECT id, service, kind, fingerprint FROM error_group",
};

bool hae_view_intern_load(struct hae_view_database *database)
{
    for (int i = 0; i < HAE_VIEW_MEMOS; i++) {
        if (!load(database, (enum hae_view_memo_kind)i, load_queries[i])) {
            return false;
        }
    }
    return true;
}

bool hae_view_intern_reload_errors(struct hae_view_database *database)
{
    hae_view_memo_cut(&database->memos[HAE_VIEW_MEMO_ERROR], 0);
    return load(database, HAE_VIEW_MEMO_ERROR, load_queries[HAE_VIEW_MEMO_ERROR]);
}

void hae_view_intern_limits(struct hae_view_database *database, size_t series_max)
{
    const size_t limits[HAE_VIEW_MEMOS] = {
        [HAE_VIEW_MEMO_RESOURCE] = HAE_VIEW_RESOURCES_MAX,
        [HAE_VIEW_MEMO_SCOPE] = HAE_VIEW_SCOPES_KNOWN_MAX,
        [HAE_VIEW_MEMO_OP] = HAE_VIEW_OPS_MAX,
        [HAE_VIEW_MEMO_METRIC] = HAE_VIEW_METRICS_MAX,
        [HAE_VIEW_MEMO_SERIES] = series_max,
        [HAE_VIEW_MEMO_ERROR] = HAE_VIEW_ERROR_GROUPS_MAX,
    };
    for (int i = 0; i < HAE_VIEW_MEMOS; i++) {
        hae_view_memo_init(&database->memos[i], limits[i]);
    }
}

/* ---- Adding ---------------------------------------------------------------------------- */

static const struct hae_view_memo_entry *find(const struct hae_view_database *database,
                                              enum hae_view_memo_kind kind,
                                              struct hae_view_digest digest)
{
    return hae_view_memo_find(&database->memos[kind], digest);
}

static bool has_room(const struct hae_view_database *database, enum hae_view_memo_kind kind,
                     size_t bytes)
{
    return !hae_view_memo_is_full(&database->memos[kind]) &&
           bytes <= HAE_VIEW_INTERNED_BYTES_MAX - database->interned_bytes;
}

/* Runs the statement that adds a row, and remembers its number. 0: it failed. */
static int64_t add(struct hae_view_database *database, enum hae_view_memo_kind kind,
                   enum hae_view_statement statement, struct hae_view_digest digest, size_t bytes)
{
    if (!hae_view_run(database, statement)) {
        return 0;
    }
    int64_t id = sqlite3_last_insert_rowid(database->db);
    if (!hae_view_memo_add(&database->memos[kind], digest, id)) {
        hae_view_fail(database, SQLITE_NOMEM);
        return 0;
    }
    database->interned_bytes += bytes;
    return id;
}

bool hae_view_database_resource(struct hae_view_database *database,
                                const struct hae_view_resource_row *row,
                                struct hae_view_origin *origin)
{
    struct identity identity =
        resource_identity(row->service, row->instance, row->version, row->attributes);
    struct hae_view_digest digest = digest_of(database, &identity);
    const struct hae_view_memo_entry *known = find(database, HAE_VIEW_MEMO_RESOURCE, digest);
    origin->service = row->service;
    if (known != NULL) {
        origin->resource = known->id;
        return true;
    }
    if (!has_room(database, HAE_VIEW_MEMO_RESOURCE, bytes_of(&identity))) {
        origin->resource = HAE_VIEW_OTHER_RESOURCE;
        return true;
    }
    sqlite3_stmt *statement = database->statements[HAE_VIEW_ADD_RESOURCE];
    hae_view_bind_text(statement, 1, row->service);
    hae_view_bind_text(statement, 2, row->instance);
    hae_view_bind_text(statement, 3, row->version);
    hae_view_bind_text(statement, 4, row->attributes);
    origin->resource =
        add(database, HAE_VIEW_MEMO_RESOURCE, HAE_VIEW_ADD_RESOURCE, digest, bytes_of(&identity));
    return origin->resource != 0;
}

bool hae_view_database_scope(struct hae_view_database *database,
                             const struct hae_view_scope_row *row, struct hae_view_origin *origin)
{
    struct identity identity = scope_identity(row->name, row->version, row->attributes);
    struct hae_view_digest digest = digest_of(database, &identity);
    const struct hae_view_memo_entry *known = find(database, HAE_VIEW_MEMO_SCOPE, digest);
    if (known != NULL) {
        origin->scope = known->id;
        return true;
    }
    if (!has_room(database, HAE_VIEW_MEMO_SCOPE, bytes_of(&identity))) {
        origin->scope = HAE_VIEW_OTHER_SCOPE;
        return true;
    }
    sqlite3_stmt *statement = database->statements[HAE_VIEW_ADD_SCOPE];
    hae_view_bind_text(statement, 1, row->name);
    hae_view_bind_text(statement, 2, row->version);
    hae_view_bind_text(statement, 3, row->attributes);
    origin->scope =
        add(database, HAE_VIEW_MEMO_SCOPE, HAE_VIEW_ADD_SCOPE, digest, bytes_of(&identity));
    return origin->scope != 0;
}

int64_t hae_view_intern_op(struct hae_view_database *database, struct hae_view_text service,
                           const struct hae_view_span_row *row, bool entry)
{
    struct identity identity = op_identity(service, row->name, row->kind, entry ? 1 : 0);
    struct hae_view_digest digest = digest_of(database, &identity);
    const struct hae_view_memo_entry *known = find(database, HAE_VIEW_MEMO_OP, digest);
    if (known != NULL) {
        return known->id;
    }
    if (!has_room(database, HAE_VIEW_MEMO_OP, bytes_of(&identity))) {
        return HAE_VIEW_OTHER_OP + (entry ? 1 : 0);
    }
    sqlite3_stmt *statement = database->statements[HAE_VIEW_ADD_OP];
    hae_view_bind_text(statement, 1, service);
    hae_view_bind_text(statement, 2, row->name);
    sqlite3_bind_int(statement, 3, row->kind);
    sqlite3_bind_int(statement, 4, entry ? 1 : 0);
    return add(database, HAE_VIEW_MEMO_OP, HAE_VIEW_ADD_OP, digest, bytes_of(&identity));
}

int64_t hae_view_database_metric(struct hae_view_database *database,
                                 const struct hae_view_origin *origin,
                                 const struct hae_view_metric_row *row)
{
    struct identity identity = metric_identity(origin->service, origin->scope, row->name, row->unit,
                                               (int64_t)row->kind * 4 + (int64_t)row->temporality);
    struct hae_view_digest digest = digest_of(database, &identity);
    const struct hae_view_memo_entry *known = find(database, HAE_VIEW_MEMO_METRIC, digest);
    if (known != NULL) {
        return known->id;
    }
    size_t bytes = bytes_of(&identity) + row->description.length;
    if (!has_room(database, HAE_VIEW_MEMO_METRIC, bytes)) {
        return 0;
    }
    sqlite3_stmt *statement = database->statements[HAE_VIEW_ADD_METRIC];
    hae_view_bind_text(statement, 1, origin->service);
    sqlite3_bind_int64(statement, 2, origin->scope);
    hae_view_bind_text(statement, 3, row->name);
    hae_view_bind_text(statement, 4, row->unit);
    sqlite3_bind_int(statement, 5, (int)row->kind);
    sqlite3_bind_int(statement, 6, (int)row->temporality);
    hae_view_bind_text(statement, 7, row->description);
    return add(database, HAE_VIEW_MEMO_METRIC, HAE_VIEW_ADD_METRIC, digest, bytes);
}

int64_t hae_view_database_series(struct hae_view_database *database,
                                 const struct hae_view_origin *origin, int64_t metric,
                                 struct hae_view_text attributes, uint64_t start_ns)
{
    if (metric == 0) {
        return 0;
    }
    struct identity identity = series_identity(metric, origin->resource, attributes);
    struct hae_view_digest digest = digest_of(database, &identity);
    const struct hae_view_memo_entry *known = find(database, HAE_VIEW_MEMO_SERIES, digest);
    if (known != NULL) {
        return known->id;
    }
    if (!has_room(database, HAE_VIEW_MEMO_SERIES, attributes.length)) {
        return 0;
    }
    sqlite3_stmt *statement = database->statements[HAE_VIEW_ADD_SERIES];
    sqlite3_bind_int64(statement, 1, metric);
    sqlite3_bind_int64(statement, 2, origin->resource);
    hae_view_bind_text(statement, 3, attributes);
    hae_view_bind_count(statement, 4, start_ns);
    return add(database, HAE_VIEW_MEMO_SERIES, HAE_VIEW_ADD_SERIES, digest, attributes.length);
}

/* ---- Errors ---------------------------------------------------------------------------- */

struct hae_view_digest hae_view_error_digest(struct hae_view_database *database,
                                             struct hae_view_text service,
                                             struct hae_view_text kind,
                                             struct hae_view_text fingerprint)
{
    struct identity identity = {{service, kind, fingerprint}, 3, {0}};
    return digest_of(database, &identity);
}

bool hae_view_intern_error(struct hae_view_database *database, struct hae_view_digest digest,
                           int64_t id)
{
    if (!hae_view_memo_add(&database->memos[HAE_VIEW_MEMO_ERROR], digest, id)) {
        hae_view_fail(database, SQLITE_NOMEM);
        return false;
    }
    return true;
}
