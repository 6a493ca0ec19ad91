/* SPDX-License-Identifier: Apache-2.0 */
/* What the directives say: for the whole server, and for each location. */
#ifndef HAETAE_EXAMPLES_NGINX_CONF_H
#define HAETAE_EXAMPLES_NGINX_CONF_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include <stdbool.h>

#include <haetae/haetae.h>

extern ngx_module_t ngx_http_haetae_module;

/* The methods that have a value of their own in http.request.method; the last one stands for all
 * others. */
enum { METHOD_QUERY = 9, METHOD_OTHER = 10, METHOD_COUNT = 11 };

extern const ngx_str_t nh_methods[METHOD_COUNT];

enum { SCHEME_HTTP, SCHEME_HTTPS, SCHEME_COUNT };

/* Of haetae_context. */
enum { CONTEXT_EXTRACT = 1, CONTEXT_INJECT = 2 };

/* Attributes of haetae_attribute in one location. */
enum { CONFIGURED_ATTRIBUTES_MAX = 16 };

struct nh_main_conf {
    haetae_config *config;       /* made and checked by the master, used by each worker */
    bool in_use;                 /* something is to be recorded somewhere               */
    ngx_uint_t log_level;        /* the least severe messages to record; 0: none        */
    ngx_msec_t shutdown_timeout; /* of a worker that ends                               */
};

struct nh_configured_attribute {
    ngx_str_t key;
    ngx_http_complex_value_t value;
};

/* A series of the histogram of durations, found once. */
struct nh_series {
    uint32_t key; /* 0: none yet */
    haetae_bound_histogram *histogram;
};

enum { SERIES_PER_LOCATION = 16 };

struct nh_location {
    ngx_flag_t enabled;
    ngx_uint_t context;
    ngx_http_complex_value_t *span_name; /* NULL: method and route */
    ngx_array_t *attributes;             /* of struct nh_configured_attribute; NULL: none */

    ngx_str_t route;                              /* the location as it is written; empty: none */
    ngx_str_t names[METHOD_COUNT];                /* "GET /api/" */
    struct nh_series series[SERIES_PER_LOCATION]; /* of this worker */
};

/* What nginx calls while it reads its configuration. */
void *nh_main_conf_create(ngx_conf_t *cf);
char *nh_main_conf_init(ngx_conf_t *cf, void *conf);
void *nh_location_create(ngx_conf_t *cf);
char *nh_location_merge(ngx_conf_t *cf, void *parent, void *child);

/* Sets a key of haetae's configuration. An error of it is nginx's error. */
char *nh_conf_set(ngx_conf_t *cf, struct nh_main_conf *conf, const char *key, const char *value);

static inline struct nh_location *nh_location_of(ngx_http_request_t *r)
{
    return ngx_http_get_module_loc_conf(r, ngx_http_haetae_module);
}

#endif
