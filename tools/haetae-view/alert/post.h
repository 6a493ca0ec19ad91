/* SPDX-License-Identifier: Apache-2.0 */
/* Sends JSON by POST, with libcurl. */
#ifndef HAETAE_VIEW_ALERT_POST_H
#define HAETAE_VIEW_ALERT_POST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hae_view_delivery {
    HAE_VIEW_DELIVERED,
    HAE_VIEW_DELIVERY_FAILED, /* it may succeed another time */
    HAE_VIEW_DELIVERY_REFUSED /* it will not */
};

/* Whether there is libcurl. Called before any thread that posts starts. */
bool hae_view_post_init(void);

/* Redirects are not followed, and at most 64 KiB of the answer are read. Ends early when
 * `*stopping` becomes true. On failure it writes why to `problem`, without the URL, which may hold
 * secrets. */
enum hae_view_delivery hae_view_post(const char *url, const char *body, size_t length,
                                     int64_t timeout_ns, const atomic_bool *stopping,
                                     char problem[160]);

#endif
