/* SPDX-License-Identifier: Apache-2.0 */
/* The headers that are made for each request: by a callback of the program
 * (haetae/request_headers.h), and of a token in a file. */
#ifndef HAETAE_OTLP_FRESH_H
#define HAETAE_OTLP_FRESH_H

#include <stdbool.h>

#include "haetae/exporter.h"
#include "haetae/request_headers.h"
#include "otlp/protocol.h"
#include "otlp/target.h"

/* Where they come from, but for the file, which the target has. */
struct hae_http_fresh_source {
    haetae_request_headers_callback callback; /* NULL: there is none */
    void *user;
    const haetae_exporter *exporter; /* whose label the callback gets */
};

/* All header lines of a request, and all that no diagnostic about it may show: those of the target
 * among them, unless a fresh header takes their place. Both NULL: the target's serve. */
struct hae_http_fresh {
    struct curl_slist *headers;
    struct curl_slist *secrets;
};

/* Whether requests to the target have any. */
bool hae_http_fresh_is_needed(const struct hae_http_fresh_source *source,
                              const struct hae_http_target *target);

enum { HAE_HTTP_FRESH_WHY_BYTES = 160 };

/* Makes them for a request of the signal. False: `why` says why not, and *ret_fresh is untouched.
 * Ownership: the caller's, for hae_http_fresh_done(). */
bool hae_http_fresh_make(const struct hae_http_fresh_source *source,
                         const struct hae_http_target *target,
                         const struct hae_http_binding *binding, haetae_signal signal,
                         struct hae_http_fresh *ret_fresh, char why[HAE_HTTP_FRESH_WHY_BYTES]);
void hae_http_fresh_done(struct hae_http_fresh *fresh);

/* Whether the header lines are the same. */
bool hae_http_fresh_equals(const struct hae_http_fresh *a, const struct hae_http_fresh *b);

#endif
