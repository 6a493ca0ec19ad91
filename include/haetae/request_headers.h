/* SPDX-License-Identifier: Apache-2.0 */
/* A program's own headers for each request of an exporter, such as tokens that expire. The OTLP
 * exporters use them; for a token in a file HAETAE_OTLP_BEARER_TOKEN_FILE is enough.
 *
 *     static haetae_status add_token(void *user, int32_t signal, const char *label,
 *                                    haetae_request_headers *headers)
 *     {
 *         struct tokens *tokens = user;
 *         char value[512];
 *
 *         return tokens_copy(tokens, value, sizeof value) // fetched by another thread
 *                    ? haetae_request_headers_add(headers, "Authorization", value)
 *                    : HAETAE_ETIMEOUT;
 *     }
 *
 *     haetae_config_set_request_headers(config, add_token, &tokens);
 *
 * Specification: "OpenTelemetry Protocol Exporter", "Headers". */
#ifndef HAETAE_REQUEST_HEADERS_H
#define HAETAE_REQUEST_HEADERS_H

#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

/* A list of headers. */
typedef struct haetae_request_headers haetae_request_headers;

/* Adds headers to a request of `signal`, a haetae_signal, that is about to begin, of the exporter
 * with this label ("" for none). A header of the configuration with the same name is left out.
 * Any status but HAETAE_OK fails the request: nothing of it is sent, it is tried again after the
 * usual backoff, up to HAETAE_RETRY_ELAPSED_MS, and a diagnostic names the status. So does a header
 * that cannot be sent. If a receiver refuses a request for its credentials (HTTP 401, gRPC's
 * UNAUTHENTICATED), the callback is called once more. If its headers have changed, the request is
 * sent again at once. Diagnostics show no value, even if a receiver repeats it.
 *
 * Threads: the thread that runs the exporters: the SDK's worker, or the one that calls
 * haetae_sdk_step(), flushes or shuts down; never two at once for one SDK, and never a thread that
 * records. In a forked child the child's. It may record. It must not flush, step, shut down or free
 * the SDK, and must not wait: all exporters wait with it, and so does a flush. What takes time,
 * such as fetching a token, belongs in a thread of the program. */
typedef haetae_status (*haetae_request_headers_callback)(void *user, int32_t signal,
                                                         const char *label,
                                                         haetae_request_headers *headers);

/* Makes the exporters that are made with this configuration call `callback` before each request;
 * NULL: none. `user` must live as long as they do: until haetae_sdk_free(). Errors: HAETAE_EINVAL
 * (NULL `config`). */
HAETAE_API haetae_status haetae_config_set_request_headers(haetae_config *config,
                                                           haetae_request_headers_callback callback,
                                                           void *user);

/* For the callback: adds a header. Both texts end with NUL and are copied. The name is a token of
 * RFC 9110; the value has no control characters but tabs. Of two with one name, in any case, the
 * later wins. A name that the exporter itself sets, such as Content-Type, fails the request.
 * Errors: HAETAE_EINVAL (NULL, another name or value), HAETAE_ELIMIT (more than 32 headers, or
 * 64 KiB in all), HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_request_headers_add(haetae_request_headers *headers,
                                                    const char *name, const char *value);

/* ---- For exporters ---------------------------------------------------------- */

/* Returns the callback of a configuration and its `user`, for an exporter to keep. NULL: there is
 * none, and the output is untouched. */
HAETAE_API haetae_request_headers_callback
haetae_config_get_request_headers(const haetae_config *config, void **ret_user);

/* Makes an empty list, for one call of the callback.
 * Ownership: the caller frees it with haetae_request_headers_free(). Output untouched on failure.
 * Errors: HAETAE_EINVAL, HAETAE_ENOMEM. */
HAETAE_API haetae_status haetae_request_headers_new(haetae_request_headers **ret_headers);

/* One header of the list, from 0; valid until another is added. False: there are no more. */
HAETAE_API bool haetae_request_headers_get(const haetae_request_headers *headers, size_t index,
                                           const char **ret_name, const char **ret_value);

/* Frees a list, which is overwritten first. NULL: does nothing. */
HAETAE_API void haetae_request_headers_free(haetae_request_headers *headers);

HAETAE_END_DECLS

#endif
