/* SPDX-License-Identifier: Apache-2.0 */
/* A client of HTTP for questions to a haetae-view on this machine, and for what is sent to it. */
#ifndef HAETAE_VIEW_COMMANDS_HTTP_H
#define HAETAE_VIEW_COMMANDS_HTTP_H

#include <stdbool.h>

#include "base/buffer.h"
#include "decode/check.h"

struct hae_view_address {
    char host[64]; /* without brackets */
    char port[8];
    char name[80]; /* for the header Host */
};

/* Reads "http://127.0.0.1:4318". */
bool hae_view_address_read(const char *url, struct hae_view_address *ret_address);

/* Asks, and reads the body of the answer into `body`, which is empty. Returns the HTTP status; 0:
 * there is no answer, and `problem` has a line. */
unsigned hae_view_http_get(const struct hae_view_address *address, const char *path,
                           struct hae_buffer *body, char *problem, size_t problem_size);

/* Sends JSON with the header that changes need, and reads the answer as hae_view_http_get() does.
 */
unsigned hae_view_http_post(const struct hae_view_address *address, const char *path,
                            struct hae_view_bytes data, struct hae_buffer *body, char *problem,
                            size_t problem_size);

#endif
