/* SPDX-License-Identifier: Apache-2.0 */
/* Query strings without the signatures and keys that some services put there. */
#ifndef HAETAE_EXAMPLES_NGINX_REDACT_H
#define HAETAE_EXAMPLES_NGINX_REDACT_H

#include <ngx_config.h>
#include <ngx_core.h>

/* The query as it may be recorded: itself, or a copy from `pool`, in which REDACTED stands for the
 * values of AWSAccessKeyId, Signature, sig and X-Goog-Signature. Empty when there is no memory.
 * Specification: HTTP semantic conventions, "url.query". */
ngx_str_t nh_redact_query(ngx_pool_t *pool, ngx_str_t query);

#endif
