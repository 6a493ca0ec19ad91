/* SPDX-License-Identifier: Apache-2.0 */
/* The latest errors: spans with status ERROR, and logs of severity ERROR and above.
 *
 * In an outage one error comes a thousand times and would push all others out of a plain
 * list. So equal ones are counted together: same service, same kind, same text apart from
 * digits. The number is bounded: the group that was seen longest ago makes room for a new
 * one. */
#ifndef HAETAE_VIEW_STORE_ERRORS_H
#define HAETAE_VIEW_STORE_ERRORS_H

#include "store/model.h"

#define HAE_VIEW_ERROR_GROUPS 256
#define HAE_VIEW_ERROR_TEXT   240

struct hae_view_error {
    uint64_t group; /* hash of what makes errors equal */
    uint64_t count;
    uint64_t order; /* of the last one among all errors */
    uint64_t last_unix_ns;
    uint32_t service;
    bool is_log;
    bool has_trace;
    uint8_t trace_id[16];           /* of the last one */
    char text[HAE_VIEW_ERROR_TEXT]; /* of the last one */
};

struct hae_view_errors {
    struct hae_view_hash_key key;
    uint64_t next_order;
    struct hae_view_error items[HAE_VIEW_ERROR_GROUPS];
    uint32_t count;
};

/* One error, as received. */
struct hae_view_error_report {
    uint32_t service;
    bool is_log;
    uint64_t unix_ns;
    const uint8_t *trace_id; /* NULL: none */
    const char *text;
};

void hae_view_errors_init(struct hae_view_errors *errors, struct hae_view_hash_key key);

void hae_view_errors_add(struct hae_view_errors *errors,
                         const struct hae_view_error_report *report);

/* Copies up to `max` groups, the one seen last first. Returns how many. */
size_t hae_view_errors_latest(const struct hae_view_errors *errors, struct hae_view_error *out,
                              size_t max);

#endif
