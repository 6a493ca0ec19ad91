/* SPDX-License-Identifier: Apache-2.0 */
/* One receiver for several processes: an exporter that sends its requests to a thread of the
 * test, over a socket that forked children inherit. The receiver keeps the items. */
#ifndef HAETAE_TESTS_PROCESS_RECEIVER_H
#define HAETAE_TESTS_PROCESS_RECEIVER_H

#include <sys/types.h>

#include "support/sdk_fixture.h"

/* The origin of an item: the test's number for the process and for the thread in it, and a
 * count from 0. */
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

/* ThreadSanitizer cannot start a thread in a child of a process that had several. */
#if defined(__SANITIZE_THREAD__)
#define PROCESS_WORKER "manual"
#else
#define PROCESS_WORKER "thread"
#endif

struct receiver;

struct receiver *receiver_start(void);

/* Starts an SDK that exports to the receiver, with these settings and short delays. */
haetae_sdk *receiver_sdk(struct receiver *receiver, const struct sdk_setting *settings);

/* Makes another exporter for the receiver. The caller owns it. */
haetae_exporter *receiver_exporter(struct receiver *receiver);

/* Call them around fork(): no receiver's thread runs meanwhile. AddressSanitizer's allocator
 * does not support a fork while another thread allocates. */
void receivers_hold(void);
void receivers_release(void);

/* Reads a request that arrived in another way, before or after receiver_stop(). */
void receiver_read(struct receiver *receiver, haetae_signal signal, const uint8_t *data,
                   size_t size);

/* Reads all that was sent before, and ends the thread. After that the test may read the
 * items. */
void receiver_stop(struct receiver *receiver);
void receiver_free(struct receiver *receiver);

/* The exporters' end of the socket. */
int receiver_descriptor(const struct receiver *receiver);

size_t receiver_count(const struct receiver *receiver);
const struct item *receiver_item(const struct receiver *receiver, size_t index);

/* Checks that each item of this signal, process and thread arrived once: sequences 0 to
 * count - 1. Process 0 is this process. */
void receiver_has_each_once(struct receiver *receiver, haetae_signal signal, unsigned process,
                            unsigned thread, unsigned long count);

/* The same, but some may be missing: returns how many. */
unsigned long receiver_missing(struct receiver *receiver, haetae_signal signal, unsigned process,
                               unsigned thread, unsigned long count);

/* Checks that no spans and logs arrived but those already checked, and that no two spans have
 * the same id. */
void receiver_has_no_others(struct receiver *receiver);
void receiver_has_unique_ids(struct receiver *receiver);

/* The last value of a counter that a process reported, by pid; -1: none. */
int64_t receiver_last_value(const struct receiver *receiver, int64_t pid, const char *name);

#endif
