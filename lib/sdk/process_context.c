/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/process_context.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "context/thread_record.h"
#include "haetae/types.h"
#include "wire/envelope.h"
#include "wire/wire.h"

/* Of newer headers than those we may be built with. */
#if !defined(MFD_NOEXEC_SEAL)
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#if !defined(PR_SET_VMA)
#define PR_SET_VMA           0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

/* ---- The format --------------------------------------------------------------------------- */

#define SIGNATURE "OTEL_CTX"

enum { VERSION = 2 };

/* Readers know its layout. */
struct header {
    char signature[8];
    uint32_t version;
    uint32_t payload_size_bytes;
    /* Of CLOCK_BOOTTIME, another one with each change. 0: it is being changed. */
    _Atomic uint64_t published_at_ns;
    uint64_t payload; /* its address */
};
_Static_assert(sizeof(struct header) == 32, "readers know it");

#define SCHEMA_KEY "threadlocal.schema_version"
#define MAP_KEY    "threadlocal.attribute_key_map"

/* What the attributes take: keys, the version, tags and lengths of one byte each. */
enum {
    ATTRIBUTES_MAX = 2 * 16 + sizeof SCHEMA_KEY + sizeof MAP_KEY + sizeof HAE_THREAD_RECORD_SCHEMA
};

static uint8_t *put_length(uint8_t *at, unsigned field, size_t size)
{
    *at++ = HAE_TAG(field, HAE_WIRE_LENGTH);
    return hae_put_varint(at, size);
}

static uint8_t *put_text(uint8_t *at, unsigned field, haetae_string text)
{
    at = put_length(at, field, text.length);
    memcpy(at, text.data, text.length);
    return at + text.length;
}

/* An attribute whose value is `value`, or an empty array where that is NULL. */
static uint8_t *put_attribute(uint8_t *at, const char *name, const char *value)
{
    haetae_string key = haetae_string_of(name);
    haetae_string text = haetae_string_of(value);
    size_t value_size = 2 + text.length;

    at = put_length(at, HAE_ENVELOPE_PROCESS_ATTRIBUTES, 2 + key.length + 2 + value_size);
    at = put_text(at, HAE_OTLP_KEY_VALUE_KEY, key);
    at = put_length(at, HAE_OTLP_KEY_VALUE_VALUE, value_size);
    return value != NULL ? put_text(at, HAE_OTLP_ANY_VALUE_STRING_VALUE, text)
                         : put_length(at, HAE_OTLP_ANY_VALUE_ARRAY_VALUE, 0);
}

/* Returns the end. */
static uint8_t *put_payload(uint8_t *at, const uint8_t *resource, size_t size_bytes)
{
    at = put_length(at, HAE_ENVELOPE_PROCESS_RESOURCE, size_bytes);
    memcpy(at, resource, size_bytes);
    at += size_bytes;
    at = put_attribute(at, SCHEMA_KEY, HAE_THREAD_RECORD_SCHEMA);
    return put_attribute(at, MAP_KEY, NULL); /* the records of threads have no attributes */
}

static size_t room_for(size_t resource_size_bytes)
{
    return sizeof(struct header) + 1 + HAE_VARINT_MAX + resource_size_bytes + ATTRIBUTES_MAX;
}

/* ---- The mapping -------------------------------------------------------------------------- */

static _Atomic(const void *) owner_of_all; /* NULL: nobody publishes */

/* The owner's. */
static struct header *header;
static size_t mapping_size_bytes;

/* A file of memory, whose name readers see; -1: the system does not let us. */
static int open_memory(size_t size)
{
    int descriptor = memfd_create(SIGNATURE, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

    if (descriptor < 0) {
        descriptor = memfd_create(SIGNATURE, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    }
    if (descriptor >= 0 && ftruncate(descriptor, (off_t)size) != 0) {
        close(descriptor);
        descriptor = -1;
    }
    return descriptor;
}

static struct header *map(size_t size, bool *ret_named)
{
    int descriptor = open_memory(size);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | (descriptor < 0 ? MAP_ANONYMOUS : 0), descriptor, 0);

    *ret_named = descriptor >= 0;
    if (descriptor >= 0) {
        close(descriptor);
    }
    if (memory == MAP_FAILED) {
        return NULL;
    }
    if (madvise(memory, size, MADV_DONTFORK) != 0) {
        munmap(memory, size);
        return NULL;
    }
    return memory;
}

/* Readers may watch for this call, so it is made whether the kernel knows it or not. */
static bool give_name(void)
{
    return prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, (unsigned long)(uintptr_t)header,
                 mapping_size_bytes, SIGNATURE) == 0;
}

static void unmap(void)
{
    munmap(header, mapping_size_bytes);
    header = NULL;
}

static bool map_new(size_t size, bool *ret_named)
{
    header = map(size, ret_named);
    mapping_size_bytes = size;
    if (header == NULL) {
        return false;
    }
    memcpy(header->signature, SIGNATURE, sizeof header->signature);
    header->version = VERSION;
    header->payload = (uint64_t)(uintptr_t)(header + 1);
    return true;
}

/* A time that differs from the last one. */
static uint64_t next_time(uint64_t before_ns)
{
    uint64_t now_ns = hae_time_ns(CLOCK_BOOTTIME);

    return now_ns > before_ns ? now_ns : before_ns + 1;
}

/* Readers look at the time before and after they copy. Sequentially consistent, since what they
 * read in between is not atomic: as the specification has it. */
static void fill(const uint8_t *resource, size_t size_bytes)
{
    uint8_t *payload = (uint8_t *)(header + 1);
    uint64_t before_ns =
        atomic_exchange_explicit(&header->published_at_ns, 0, memory_order_seq_cst);

    header->payload_size_bytes = (uint32_t)(put_payload(payload, resource, size_bytes) - payload);
    atomic_store_explicit(&header->published_at_ns, next_time(before_ns), memory_order_seq_cst);
}

static bool publish(const uint8_t *resource, size_t size_bytes)
{
    size_t size = room_for(size_bytes);
    bool named = true;
    bool is_new;

    if (header != NULL && size > mapping_size_bytes) {
        unmap();
    }
    is_new = header == NULL;
    if (is_new && !map_new(size, &named)) {
        return false;
    }
    fill(resource, size_bytes);
    if (!give_name() && is_new && !named) {
        unmap();
        return false;
    }
    return true;
}

/* ---- Who publishes ------------------------------------------------------------------------ */

/* Acquire and release: the next owner sees what this one did with the mapping. */
static bool become_owner(const void *owner)
{
    const void *seen = NULL;

    return atomic_compare_exchange_strong_explicit(&owner_of_all, &seen, owner,
                                                   memory_order_acquire, memory_order_acquire) ||
           seen == owner;
}

static bool is_owner(const void *owner)
{
    return atomic_load_explicit(&owner_of_all, memory_order_relaxed) == owner;
}

static void resign(void)
{
    atomic_store_explicit(&owner_of_all, NULL, memory_order_release);
}

bool hae_process_context_publish(const void *owner, const uint8_t *resource, size_t size_bytes)
{
    if (!become_owner(owner)) {
        return false;
    }
    if (!publish(resource, size_bytes)) {
        resign();
        return false;
    }
    return true;
}

void hae_process_context_in_child(const void *owner)
{
    if (is_owner(owner)) {
        header = NULL;
    }
}

void hae_process_context_withdraw(const void *owner)
{
    if (is_owner(owner)) {
        if (header != NULL) {
            unmap();
        }
        resign();
    }
}
