/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

/* That of requests, by which the log of one is known; NULL until the first. */
static ngx_log_handler_pt log_handler;

/* An internal redirect forgets what modules know of a request. Its pool's list of what to clean up
 * stays, so an entry there, with this function, keeps the request. */
static void find_me(void *request)
{
    (void)request;
}

static struct nh_request *find_after_redirect(ngx_http_request_t *r)
{
    for (ngx_pool_cleanup_t *at = r->pool->cleanup; at != NULL; at = at->next) {
        if (at->handler == find_me) {
            ngx_http_set_ctx(r, at->data, ngx_http_haetae_module);
            return at->data;
        }
    }
    return NULL;
}

struct nh_request *nh_request_of(ngx_http_request_t *r)
{
    ngx_http_request_t *main = r->main;
    struct nh_request *request = ngx_http_get_module_ctx(main, ngx_http_haetae_module);

    if (request == NULL && (main->internal || main->filter_finalize)) {
        request = find_after_redirect(main);
    }
    return request;
}

struct nh_request *nh_request_make(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t *entry = ngx_pool_cleanup_add(r->pool, sizeof(struct nh_request));

    if (entry == NULL) {
        return NULL;
    }
    entry->handler = find_me;
    ngx_http_set_ctx(r, entry->data, ngx_http_haetae_module);
    log_handler = r->connection->log->handler;
    return entry->data;
}

/* Messages may come from a connection that waits for a request, or has none at all. */
const haetae_span_context *nh_request_context_of_log(const ngx_log_t *log)
{
    const ngx_http_log_ctx_t *context = log->data;
    const struct nh_request *request;

    if (log_handler == NULL || log->handler != log_handler || context == NULL ||
        context->request == NULL || context->request->main->ctx == NULL) {
        return NULL;
    }
    request = nh_request_of(context->request);
    return request != NULL ? &request->context : NULL;
}
