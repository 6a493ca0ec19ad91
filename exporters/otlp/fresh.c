/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/fresh.h"

#include <stdio.h>
#include <string.h>

#include "otlp/headers.h"
#include "otlp/secrets.h"
#include "otlp/token.h"

/* What the functions below work on. */
struct making {
    const struct hae_http_fresh_source *source;
    const struct hae_http_target *target;
    const struct hae_http_binding *binding;
    haetae_signal signal;
    struct hae_http_fresh fresh;
    char *why; /* what is wrong */
};

bool hae_http_fresh_is_needed(const struct hae_http_fresh_source *source,
                              const struct hae_http_target *target)
{
    return source->callback != NULL || target->token_file != NULL;
}

static haetae_status say(struct making *making, haetae_status status, const char *what,
                         const char *why)
{
    if (status == HAETAE_ENOMEM) {
        snprintf(making->why, HAE_HTTP_FRESH_WHY_BYTES, "out of memory");
    } else if (status != HAETAE_OK) {
        snprintf(making->why, HAE_HTTP_FRESH_WHY_BYTES, "%s: %s", what, why);
    }
    return status;
}

/* Takes over what the callback has added. */
static haetae_status take(struct making *making, const haetae_request_headers *headers)
{
    haetae_status status = HAETAE_OK;
    const char *name, *value;

    for (size_t i = 0; status == HAETAE_OK && haetae_request_headers_get(headers, i, &name, &value);
         i++) {
        const char *why = "";
        char what[64];

        status = hae_http_headers_add_pair(name, value, making->binding, &making->fresh.headers,
                                           &making->fresh.secrets, &why);
        snprintf(what, sizeof what, "a header of the program, %.32s", name);
        (void)say(making, status, what, why);
    }
    return status;
}

static haetae_status ask_callback(struct making *making)
{
    const struct hae_http_fresh_source *source = making->source;
    haetae_request_headers *headers = NULL;
    haetae_status status;

    if (source->callback == NULL) {
        return HAETAE_OK;
    }
    status = haetae_request_headers_new(&headers);
    if (status != HAETAE_OK) {
        return say(making, status, "", "");
    }
    status = source->callback(source->user, (int32_t)making->signal,
                              haetae_exporter_label(source->exporter), headers);
    if (status == HAETAE_OK) {
        status = take(making, headers);
    } else {
        snprintf(making->why, HAE_HTTP_FRESH_WHY_BYTES,
                 "the program has no headers for the request: %s", haetae_status_name(status));
    }
    haetae_request_headers_free(headers);
    return status;
}

/* Unless the callback has set the header. */
static haetae_status add_token(struct making *making)
{
    const char *path = making->target->token_file;
    char why[HAE_HTTP_TOKEN_WHY_BYTES] = "";
    const char *unused;
    char *value = NULL;
    haetae_status status;

    if (path == NULL) {
        return HAETAE_OK;
    }
    status = hae_http_token_read(path, &value, why);
    if (status == HAETAE_OK) {
        status = hae_http_headers_add_pair("Authorization", value, making->binding,
                                           &making->fresh.headers, &making->fresh.secrets, &unused);
    }
    hae_http_token_free(value);
    return say(making, status, "the file of the bearer token", why);
}

static haetae_status add_those_of_the_target(struct making *making)
{
    haetae_status status =
        hae_http_headers_add_others(&making->fresh.headers, making->target->headers);

    if (status == HAETAE_OK) {
        status = hae_http_add_secrets(&making->fresh.secrets, making->target->secrets);
    }
    return say(making, status, "", "");
}

bool hae_http_fresh_make(const struct hae_http_fresh_source *source,
                         const struct hae_http_target *target,
                         const struct hae_http_binding *binding, haetae_signal signal,
                         struct hae_http_fresh *ret_fresh, char why[HAE_HTTP_FRESH_WHY_BYTES])
{
    static haetae_status (*const steps[])(struct making *) = {ask_callback, add_token,
                                                              add_those_of_the_target};
    struct making making = {source, target, binding, signal, {NULL, NULL}, why};

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (steps[i](&making) != HAETAE_OK) {
            hae_http_fresh_done(&making.fresh);
            return false;
        }
    }
    *ret_fresh = making.fresh;
    return true;
}

void hae_http_fresh_done(struct hae_http_fresh *fresh)
{
    curl_slist_free_all(fresh->headers);
    curl_slist_free_all(fresh->secrets);
    fresh->headers = fresh->secrets = NULL;
}

bool hae_http_fresh_equals(const struct hae_http_fresh *a, const struct hae_http_fresh *b)
{
    const struct curl_slist *in_a = a->headers;
    const struct curl_slist *in_b = b->headers;

    while (in_a != NULL && in_b != NULL && strcmp(in_a->data, in_b->data) == 0) {
        in_a = in_a->next;
        in_b = in_b->next;
    }
    return in_a == NULL && in_b == NULL;
}
