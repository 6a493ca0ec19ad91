/* SPDX-License-Identifier: Apache-2.0 */
/* Requests for tests, and what is in messages. */
#ifndef HAETAE_TESTS_KAFKA_REQUEST_H
#define HAETAE_TESTS_KAFKA_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haetae/signal.h"

enum { REQUEST_ITEMS_MAX = 20000 };

struct bytes {
    uint8_t *data;
    size_t size;
};

/* What a request is made of. Items go round the resources, the scopes of each, and the traces. */
struct request_plan {
    haetae_signal signal;
    unsigned items;
    unsigned traces;     /* 0: items have no trace id */
    unsigned resources;  /* 0 counts as 1             */
    unsigned scopes;     /* of a resource; 0 counts as 1 */
    unsigned name_bytes; /* how long the name of an item is, at least */
    unsigned points;     /* of a metric; 0 counts as 1 */
    bool reversed;       /* the attributes of resources */
};

/* Makes it; the caller frees `data`. */
struct bytes request_make(const struct request_plan *plan);

/* One item as it was found in a message, with what is around it. */
struct found_item {
    char name[24];      /* "item 17"    */
    char scope[24];     /* "scope 1"    */
    char resource[24];  /* "resource 0" */
    char scope_url[24]; /* schema URLs  */
    char resource_url[24];
    char trace[33]; /* the id in hexadecimal; "": none */
    unsigned points;
    bool is_intact; /* all else is as it was made */
};

/* Decodes a message by the generated classes and appends its items. Returns how many there are now;
 * fails the test if it cannot be decoded. */
size_t request_read(haetae_signal signal, const uint8_t *data, size_t size,
                    struct found_item *items, size_t count, size_t max);

/* The number in the name of an item. */
unsigned found_number(const struct found_item *item);

/* The trace id, in hexadecimal, of item `number` in a request of so many traces. */
void request_trace(unsigned number, unsigned traces, char ret_hex[33]);

#endif
