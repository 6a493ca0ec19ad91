/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"

#include <pthread.h>
#include <time.h>

#include "base/alloc.h"
#include "base/cancel.h"
#include "base/lock.h"
#include "base/reference.h"

#define DEFAULT_MAX_BYTES ((size_t)64 << 20)
#define NS_PER_S          UINT64_C(1000000000)

struct hae_mem_request {
    _Atomic size_t references;
    struct hae_mem_arena arena;
    struct hae_mem_entry *first;
    size_t count;
    struct hae_mem_request *_Atomic next; /* written once, when the next one comes */
};

struct haetae_memory {
    _Atomic size_t references;
    size_t max_bytes;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t added;
    /* The list is whole at each instruction, since a child may be forked at any: a request is
     * complete when it is linked, by one store. A child counts what is in it again. */
    struct hae_mem_request *_Atomic first;
    struct hae_mem_request *last;
    size_t used_bytes;
    uint64_t refused_count;
    uint64_t sequence;
};

/* ---- Requests ---------------------------------------------------------------------------- */

const struct hae_mem_entry *hae_mem_request_first(const struct hae_mem_request *request)
{
    return request->first;
}

size_t hae_mem_request_count(const struct hae_mem_request *request)
{
    return request->count;
}

void hae_mem_request_unref(struct hae_mem_request *request)
{
    if (hae_reference_drop(&request->references)) {
        hae_mem_arena_done(&request->arena);
        hae_free(request);
    }
}

/* Relaxed in both: threads of this process use the list under the lock, and a child is made by one
 * that sees what was stored before. */
static struct hae_mem_request *load(struct hae_mem_request *const _Atomic *from)
{
    return atomic_load_explicit(from, memory_order_relaxed);
}

static void link_to(struct hae_mem_request *_Atomic *at, struct hae_mem_request *request)
{
    /* Release, without a partner: a child that is forked between this store and the next has the
     * request whole. */
    atomic_store_explicit(at, request, memory_order_release);
}

static void drop_list(struct hae_mem_request *request)
{
    while (request != NULL) {
        struct hae_mem_request *next = load(&request->next);

        hae_mem_request_unref(request);
        request = next;
    }
}

/* ---- The memory -------------------------------------------------------------------------- */

haetae_status haetae_memory_new(size_t max_bytes, haetae_memory **ret_memory)
{
    HAE_HOLD_CANCELLATION();
    haetae_memory *memory;

    if (ret_memory == NULL) {
        return HAETAE_EINVAL;
    }
    memory = hae_calloc(1, sizeof *memory);
    if (memory == NULL) {
        return HAETAE_ENOMEM;
    }
    memory->max_bytes = max_bytes != 0 ? max_bytes : DEFAULT_MAX_BYTES;
    atomic_init(&memory->references, 1);
    if (pthread_mutex_init(&memory->lock, NULL) != 0) {
        goto free_memory;
    }
    if (!hae_condition_init(&memory->added)) {
        goto destroy_lock;
    }
    *ret_memory = memory;
    return HAETAE_OK;

destroy_lock:
    pthread_mutex_destroy(&memory->lock);
free_memory:
    hae_free(memory);
    return HAETAE_ENOMEM;
}

void hae_mem_store_ref(haetae_memory *memory)
{
    hae_reference_take(&memory->references);
}

void hae_mem_store_unref(haetae_memory *memory)
{
    if (hae_reference_drop(&memory->references)) {
        drop_list(load(&memory->first));
        pthread_cond_destroy(&memory->added);
        pthread_mutex_destroy(&memory->lock);
        hae_free(memory);
    }
}

void haetae_memory_free(haetae_memory *memory)
{
    HAE_HOLD_CANCELLATION();

    if (memory != NULL) {
        hae_mem_store_unref(memory);
    }
}

void haetae_memory_reset(haetae_memory *memory)
{
    HAE_HOLD_CANCELLATION();
    struct hae_mem_request *first;

    if (memory == NULL) {
        return;
    }
    pthread_mutex_lock(&memory->lock);
    first = load(&memory->first);
    link_to(&memory->first, NULL);
    memory->last = NULL;
    memory->used_bytes = 0;
    memory->refused_count = 0;
    pthread_mutex_unlock(&memory->lock);
    drop_list(first);
}

uint64_t haetae_memory_refused_count(haetae_memory *memory)
{
    HAE_HOLD_CANCELLATION();
    uint64_t count;

    if (memory == NULL) {
        return 0;
    }
    pthread_mutex_lock(&memory->lock);
    count = memory->refused_count;
    pthread_mutex_unlock(&memory->lock);
    return count;
}

void hae_mem_store_in_child(haetae_memory *memory)
{
    pthread_mutex_init(&memory->lock, NULL);
    (void)hae_condition_init(&memory->added);
    memory->last = NULL;
    memory->used_bytes = 0;
    for (struct hae_mem_request *at = load(&memory->first); at != NULL; at = load(&at->next)) {
        memory->last = at;
        memory->used_bytes += at->arena.used_bytes;
    }
}

/* ---- Adding ------------------------------------------------------------------------------ */

static size_t bytes_left(haetae_memory *memory)
{
    size_t left;

    pthread_mutex_lock(&memory->lock);
    left = memory->max_bytes - memory->used_bytes;
    pthread_mutex_unlock(&memory->lock);
    return left;
}

/* False: other exporters have filled it meanwhile. */
static bool append(haetae_memory *memory, struct hae_mem_request *request)
{
    bool fits;

    pthread_mutex_lock(&memory->lock);
    fits = request->arena.used_bytes <= memory->max_bytes - memory->used_bytes;
    if (fits) {
        link_to(memory->last != NULL ? &memory->last->next : &memory->first, request);
        memory->last = request;
        memory->used_bytes += request->arena.used_bytes;
        memory->sequence++;
        pthread_cond_broadcast(&memory->added);
    }
    pthread_mutex_unlock(&memory->lock);
    return fits;
}

static void count_refused(haetae_memory *memory, uint64_t item_count)
{
    pthread_mutex_lock(&memory->lock);
    memory->refused_count += item_count;
    pthread_mutex_unlock(&memory->lock);
}

enum hae_mem_decoded hae_mem_store_add(haetae_memory *memory, haetae_signal signal,
                                       const uint8_t *data, size_t size_bytes, uint64_t item_count)
{
    struct hae_mem_request *request = hae_calloc(1, sizeof *request);
    enum hae_mem_decoded decoded;

    if (request == NULL) {
        return HAE_MEM_NO_MEMORY;
    }
    atomic_init(&request->references, 1);
    request->arena.limit_bytes = bytes_left(memory);
    decoded =
        hae_mem_decode(&request->arena, signal, data, size_bytes, &request->first, &request->count);
    if (decoded == HAE_MEM_DECODED && !append(memory, request)) {
        decoded = HAE_MEM_FULL;
    }
    if (decoded != HAE_MEM_DECODED) {
        hae_mem_request_unref(request);
    }
    if (decoded == HAE_MEM_FULL) {
        count_refused(memory, item_count);
    }
    return decoded;
}

/* ---- Reading ----------------------------------------------------------------------------- */

bool hae_mem_store_requests(haetae_memory *memory, struct hae_mem_request ***ret_requests,
                            size_t *ret_count)
{
    struct hae_mem_request **requests = NULL;
    size_t count = 0;
    bool done;

    pthread_mutex_lock(&memory->lock);
    for (struct hae_mem_request *at = load(&memory->first); at != NULL; at = load(&at->next)) {
        count++;
    }
    if (count > 0) {
        requests = hae_calloc(count, sizeof(struct hae_mem_request *));
    }
    done = count == 0 || requests != NULL;
    if (requests != NULL) {
        struct hae_mem_request **to = requests;

        for (struct hae_mem_request *at = load(&memory->first); at != NULL; at = load(&at->next)) {
            hae_reference_take(&at->references);
            *to++ = at;
        }
    }
    pthread_mutex_unlock(&memory->lock);
    if (done) {
        *ret_requests = requests;
        *ret_count = count;
    }
    return done;
}

uint64_t hae_mem_store_sequence(haetae_memory *memory)
{
    uint64_t sequence;

    pthread_mutex_lock(&memory->lock);
    sequence = memory->sequence;
    pthread_mutex_unlock(&memory->lock);
    return sequence;
}

bool hae_mem_store_wait(haetae_memory *memory, uint64_t sequence, uint64_t deadline_ns)
{
    struct timespec until = {.tv_sec = (time_t)(deadline_ns / NS_PER_S),
                             .tv_nsec = (long)(deadline_ns % NS_PER_S)};
    int error = 0;
    bool changed;

    pthread_mutex_lock(&memory->lock);
    while (memory->sequence == sequence && error == 0) {
        error = pthread_cond_timedwait(&memory->added, &memory->lock, &until);
    }
    changed = memory->sequence != sequence;
    pthread_mutex_unlock(&memory->lock);
    return changed;
}
