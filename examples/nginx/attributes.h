/* SPDX-License-Identifier: Apache-2.0 */
/* The attributes of a request by the HTTP semantic conventions. */
#ifndef HAETAE_EXAMPLES_NGINX_ATTRIBUTES_H
#define HAETAE_EXAMPLES_NGINX_ATTRIBUTES_H

#include "request.h"

/* Of a span: those of nginx, and those of haetae_attribute. */
enum { ATTRIBUTES_MAX = 20 + CONFIGURED_ATTRIBUTES_MAX };

struct nh_attributes {
    size_t count;
    uint32_t present;                  /* a bit for each key that nginx's attributes have */
    u_char status_text[NGX_INT_T_LEN]; /* what one of them points to */
    haetae_string keys[ATTRIBUTES_MAX];
    haetae_value values[ATTRIBUTES_MAX];
};

/* All that is known of a request at its end. They point into the request and into the list. */
void nh_attributes_collect(ngx_http_request_t *r, const struct nh_request *request,
                           const struct nh_location *location, ngx_uint_t status,
                           struct nh_attributes *ret_list);

/* Those of its duration, which have few values. */
void nh_attributes_of_duration(ngx_http_request_t *r, const struct nh_request *request,
                               const struct nh_location *location, ngx_uint_t status,
                               struct nh_attributes *ret_list);

/* The same as calls of the API take them; `items` has room for ATTRIBUTES_MAX. */
void nh_attributes_join(const struct nh_attributes *list, haetae_attribute *items);

/* Sets them on a span and ends it. */
void nh_attributes_end(const struct nh_attributes *list, haetae_span span);

#endif
