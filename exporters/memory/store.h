/* SPDX-License-Identifier: Apache-2.0 */
/* What was kept: the requests that came, each with its items, and whoever waits for the next. */
#ifndef HAETAE_MEMORY_STORE_H
#define HAETAE_MEMORY_STORE_H

#include "decode.h"

/* A request. It never changes; whoever has a reference may read it. */
struct hae_mem_request;

/* Its items. */
const struct hae_mem_entry *hae_mem_request_first(const struct hae_mem_request *request);
size_t hae_mem_request_count(const struct hae_mem_request *request);
void hae_mem_request_unref(struct hae_mem_request *request);

/* Adds a request's items; those of one that is not decoded are refused if it is full. */
enum hae_mem_decoded hae_mem_store_add(haetae_memory *memory, haetae_signal signal,
                                       const uint8_t *data, size_t size_bytes, uint64_t item_count);

/* The exporters' references, and the owner's. */
void hae_mem_store_ref(haetae_memory *memory);
void hae_mem_store_unref(haetae_memory *memory);

/* References to all requests. Ownership: the caller drops them, and frees the array. NULL where
 * there are none. False: out of memory. */
bool hae_mem_store_requests(haetae_memory *memory, struct hae_mem_request ***ret_requests,
                            size_t *ret_count);

/* A number that rises whenever something is added. */
uint64_t hae_mem_store_sequence(haetae_memory *memory);

/* Waits until the number is another one. False: the deadline, of CLOCK_MONOTONIC, has passed. */
bool hae_mem_store_wait(haetae_memory *memory, uint64_t sequence, uint64_t deadline_ns);

/* In a child: other threads may have held the lock. Async-signal-safe. */
void hae_mem_store_in_child(haetae_memory *memory);

#endif
