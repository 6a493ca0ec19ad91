/* SPDX-License-Identifier: Apache-2.0 */
/* One receiver for many processes: an exporter that hands its requests to a thread of the
 * test, over a socket that forked children inherit, and the items that came by it. */
#ifndef HAETAE_TESTS_PROCESS_RECEIVER_H
#define HAETAE_TESTS_PROCESS_RECEIVER_H

#include <sys/types.h>

#include "support/sdk_fixture.h"

/* Who recorded an item: a number of the test's own for the process, and for the thread in
 * it, and a count from 0. */
struct item_id {
    unsigned process;
    unsigned thread;
    unsigned long sequence;
};

struct item {
    haetae_signal signal;
    struct item_id id;
    int64_t pid;            /* of the resource */
    char instance_id[40];   /* of the resource */
    uint8_t ids[24];        /* of a span: trace and span */
    uint8_t parent_id[8];   /* of a span; zero for a root */
    char name[40];          /* of a metric               */
    int64_t value;          /* of a metric: its only point */
    uint64_t start_unix_ns; /* of a metric               */
};

/* The thread sanitizer can't start a thread in a child of a process that had several. */
#if defined(__SANITIZE_THREAD__)
#define PROCESS_WORKER "manual"
#else
#define PROCESS_WORKER "thread"
#endif

struct receiver;

struct receiver *receiver_start(void);

/* An SDK that exports to it, with these settings and short delays. */
haetae_sdk *receiver_sdk(struct receiver *receiver, const struct sdk_setting *settings);

/* Another exporter for it; the caller's. */
haetae_exporter *receiver_exporter(struct receiver *receiver);

/* Around fork(): no receiver is at work meanwhile. The address sanitizer's allocator is not
 * made for forks while another thread allocates. */
void receivers_hold(void);
void receivers_release(void);

/* Takes in a request that came by another way, before or after receiver_stop(). */
void receiver_read(struct receiver *receiver, haetae_signal signal, const uint8_t *data,
                   size_t size);

/* Takes in all that was sent before, and ends the thread. The items can be looked at from
 * then on. */
void receiver_stop(struct receiver *receiver);
void receiver_free(struct receiver *receiver);

/* The exporters' end of the socket. */
int receiver_descriptor(const struct receiver *receiver);

size_t receiver_count(const struct receiver *receiver);
const struct item *receiver_item(const struct receiver *receiver, size_t index);

/* That each item of this signal and process came once: sequences 0 to count - 1 of this
 * thread. Process 0 is this one. */
void receiver_has_each_once(struct receiver *receiver, haetae_signal signal, unsigned process,
                            unsigned thread, unsigned long count);

/* That there are no others but spans and logs that were asked for so, and that no two
 * spans have the same id. */
void receiver_has_no_others(struct receiver *receiver);
void receiver_has_unique_ids(struct receiver *receiver);

/* The last value of a counter that a process reported, by pid; -1: none. */
int64_t receiver_last_value(const struct receiver *receiver, int64_t pid, const char *name);

#endif
