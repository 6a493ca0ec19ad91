/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes and instruments of the HTTP semantic conventions that the server's
 * and the client's side share. Specification: "Semantic conventions for HTTP". */
#ifndef HAETAE_EXAMPLES_DISPATCH_HTTP_METRICS_H
#define HAETAE_EXAMPLES_DISPATCH_HTTP_METRICS_H

#include <haetae/haetae.h>

/* A list of attributes that grows while a request is described. */
struct attributes {
    haetae_attribute items[16];
    size_t count;
};

/* Adds an attribute, unless the list is full. Text is borrowed. */
void attributes_add(struct attributes *list, haetae_attribute attribute);
/* Adds a text attribute unless the text is NULL or empty. */
void attributes_add_text(struct attributes *list, const char *key, const char *text);

/* The method as an attribute value: a method that HTTP defines, otherwise "_OTHER". */
const char *http_method_value(const char *method);

/* A histogram of durations in seconds, with the bucket bounds that the
 * conventions recommend. NULL on failure; recording on NULL does nothing. */
haetae_histogram *http_duration_histogram(haetae_meter *meter, const char *name,
                                          const char *description);

/* Splits "host:port". `ret_host` is NUL-terminated and truncated if it is too long.
 * The port is 80 when none is given. */
void http_split_authority(const char *authority, char *ret_host, size_t capacity, int *ret_port);

#endif
