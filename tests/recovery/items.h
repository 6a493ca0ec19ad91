/* SPDX-License-Identifier: Apache-2.0 */
/* What the requests of an exporter hold: numbered spans and log records, and one counter. */
#ifndef HAETAE_TESTS_RECOVERY_ITEMS_H
#define HAETAE_TESTS_RECOVERY_ITEMS_H

#include "haetae/haetae.h"

enum { TEXT_MAX = 400 };

/* The text that goes with a number; every byte of it depends on both. Returns its length. */
size_t item_text(unsigned thread, unsigned number, char text[TEXT_MAX]);

struct item {
    haetae_signal signal;
    unsigned thread;
    unsigned number;
    bool is_open;   /* a span that is marked as recovered open              */
    bool has_text;  /* what was set after a span's start is there as well, or
                     * counted as left out for want of memory               */
    bool is_torn;   /* something in it is not as it was recorded            */
    int64_t value;  /* metrics: the counter's, of one thread                */
    bool of_victim; /* the resource says service.name=victim                */
    int64_t pid;    /* of the resource                                      */
};

/* Calls `visit` for each item of a request. Ends the process when it isn't OTLP. */
void items_visit(haetae_signal signal, const uint8_t *data, size_t size_bytes,
                 void (*visit)(void *user, const struct item *item), void *user);

/* Records item `number` of a thread. */
struct recording {
    haetae_tracer *tracer;
    haetae_logger *logger;
    haetae_counter *counter;
};
void record_log(const struct recording *recording, unsigned thread, unsigned number);
haetae_span record_start(const struct recording *recording, unsigned thread, unsigned number);
void record_fields(haetae_span span, unsigned thread, unsigned number);
void record_count(const struct recording *recording, unsigned thread);

#endif
