/* SPDX-License-Identifier: Apache-2.0 */
/* The questions that a page or a script asks over HTTP, answered in JSON: docs/view.md. */
#ifndef HAETAE_VIEW_API_API_H
#define HAETAE_VIEW_API_API_H

#include "alert/alerts.h"
#include "api/arguments.h"
#include "store/store.h"

/* All paths of questions begin so. */
#define HAE_VIEW_API_PREFIX "/api/"

/* An answer is at most so long. */
#define HAE_VIEW_API_ANSWER_MAX ((size_t)32 * 1024 * 1024)

/* What comes with a change is at most so long. */
#define HAE_VIEW_API_BODY_MAX ((size_t)16 * 1024)

enum hae_view_method { HAE_VIEW_GET, HAE_VIEW_POST, HAE_VIEW_DELETE };
#define HAE_VIEW_METHODS 3

/* The methods that a path accepts: a bit for each. 0: nothing is at the path. */
unsigned hae_view_api_methods(const char *path);

/* The question whose answer is lines of JSON, and not an object. */
#define HAE_VIEW_EXPORT "export"
bool hae_view_api_is_lines(const char *path);

/* What the questions are about. */
struct hae_view_api {
    struct hae_view_store *store;
    struct hae_view_alerts *alerts; /* NULL: there are no rules */
};

/* Answers a question; methods other than HAE_VIEW_GET change something. Writes the answer into
 * `out`, which is empty, and returns the HTTP status: 200, 400 (an argument is wrong), 404 (there
 * is no such thing), 500 or 503 (busy; ask again). Threads: any. */
unsigned hae_view_api_answer(const struct hae_view_api *api, enum hae_view_method method,
                             const char *path, const struct hae_view_arguments *arguments,
                             uint64_t now_unix_ns, struct hae_buffer *out);

#endif
