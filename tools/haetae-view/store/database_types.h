/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a database, and its results. */
#ifndef HAETAE_VIEW_STORE_DATABASE_TYPES_H
#define HAETAE_VIEW_STORE_DATABASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HAE_VIEW_RESOURCES_MAX    4096
#define HAE_VIEW_SCOPES_KNOWN_MAX 4096
#define HAE_VIEW_OPS_MAX          16384
#define HAE_VIEW_METRICS_MAX      8192
#define HAE_VIEW_ERROR_GROUPS_MAX 4096
/* Of the texts of resources, scopes, operations, metrics and series together. */
#define HAE_VIEW_INTERNED_BYTES_MAX ((size_t)128 << 20)

#define HAE_VIEW_DATABASE_BYTES_MIN     ((uint64_t)4 << 20)
#define HAE_VIEW_DATABASE_BYTES_DEFAULT ((uint64_t)1 << 30)

struct hae_view_database_options {
    const char *path;    /* NULL: in memory */
    uint64_t size_bytes; /* of the database; when it is reached, the oldest go */
    uint64_t keep_ns;    /* how long things are kept; 0: as long as there is room */
    size_t series_max;
    uint64_t read_ns; /* how long a reader may take; 0: ten seconds */
    bool read_only;   /* of a file that is there, also while another haetae-view writes it; nothing
                       * may be written */
};

/* What a bound left out since the start. */
struct hae_view_database_counts {
    uint64_t spans_without_operation; /* kept, with their names, but not counted by operation */
    uint64_t points_without_series;   /* not kept */
    uint64_t items_without_resource;  /* kept without the attributes of their resource */
    uint64_t spans_forgotten;         /* deleted to make room, or for their age */
    uint64_t logs_forgotten;
    uint64_t points_forgotten;
};

/* So many spans are written together. */
enum { HAE_VIEW_SPANS_MAX = 20 };

enum hae_view_write {
    HAE_VIEW_WRITTEN,
    HAE_VIEW_WRITE_DUPLICATE, /* a span with its ids is kept already */
    HAE_VIEW_WRITE_FAILED     /* hae_view_database_end() says why */
};

enum hae_view_database_result {
    HAE_VIEW_DATABASE_KEPT,
    HAE_VIEW_DATABASE_FULL,      /* there was no room; older things have made some since */
    HAE_VIEW_DATABASE_DISK_FULL, /* neither had the file system; hae_view_database_problem() */
    HAE_VIEW_DATABASE_NO_MEMORY,
    HAE_VIEW_DATABASE_BROKEN /* the file cannot be written; hae_view_database_problem() */
};

#endif
