/* SPDX-License-Identifier: Apache-2.0 */
/* What the exporter works on, and what becomes of it in a forked child. */
#ifndef HAE_HTTP_EXPORTER_H
#define HAE_HTTP_EXPORTER_H

#include "loop.h"
#include "options.h"
#include "transfer.h"

/* Used by one thread at a time. */
struct hae_http_exporter {
    struct hae_http_loop loop;
    struct hae_http_options options;
    bool tls;                   /* for any signal */
    struct hae_http_gzip *gzip; /* NULL: no signal is compressed */
    struct hae_http_body_budget budget;
    struct hae_http_transfer transfers[HAE_HTTP_CONNECTIONS_MAX];
    /* In a forked child: all but the options is as the parent had it, who was not in the
     * middle of anything. */
    bool inherited;
    bool inherited_idle;
};

/* The operations on it, for haetae_exporter_new(). */
extern const haetae_exporter_ops hae_http_exporter_ops;

/* Takes note of the fork; the operation after_fork. */
void hae_http_exporter_in_child(void *self, bool idle);

/* Makes the exporter this process's own, if it isn't; false: no memory, or no descriptor. */
bool hae_http_exporter_own(struct hae_http_exporter *exporter);

/* Frees what can be freed of one that is not. */
void hae_http_exporter_leave(struct hae_http_exporter *exporter);

#endif
