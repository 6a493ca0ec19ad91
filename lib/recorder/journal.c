/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/journal.h"

#include <string.h>

/* Of this process alone, and of it only the worker. What is read in the file is not trusted. */
static struct hae_journal_place *journal_of(const struct hae_recorder *recorder,
                                            haetae_signal signal)
{
    return &recorder->file->journals[signal];
}

static uint8_t *bytes_of(const struct hae_recorder *recorder,
                         const struct hae_journal_place *journal)
{
    return hae_region_at(recorder->region, journal->offset);
}

/* Stores a position for recovery, after all that stands before it in the program. */
static void publish(_Atomic uint64_t *place, uint64_t position)
{
    atomic_signal_fence(memory_order_seq_cst);
    /* Relaxed: it is read only after this process has died. */
    atomic_store_explicit(place, position, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
}

static uint64_t entry_size(uint64_t size_bytes)
{
    return sizeof(struct hae_journal_entry) + hae_align8(size_bytes);
}

/* The bytes from a position to the end of the memory. */
static uint64_t to_end(const struct hae_journal_place *journal, uint64_t position)
{
    return journal->size_bytes - position % journal->size_bytes;
}

bool hae_journal_has_room(const struct hae_recorder *recorder, haetae_signal signal,
                          size_t size_bytes)
{
    const struct hae_journal_place *journal = journal_of(recorder, signal);
    uint64_t tail = journal->tail;
    uint64_t needed = entry_size(size_bytes);
    uint64_t rest = to_end(journal, tail);

    return tail - journal->head + (needed > rest ? rest : 0) + needed <= journal->size_bytes;
}

void hae_journal_append(struct hae_recorder *recorder, const struct hae_record *record)
{
    struct hae_journal_place *journal = journal_of(recorder, record->signal);
    struct hae_journal_entry entry = {.size_bytes = record->size_bytes,
                                      .scope = record->scope,
                                      .position = record->position,
                                      .source = record->source};
    uint8_t *bytes = bytes_of(recorder, journal);
    uint64_t tail = journal->tail;
    uint64_t rest = to_end(journal, tail);

    if (HAE_UNLIKELY(entry_size(record->size_bytes) > rest)) {
        if (rest >= sizeof entry) {
            struct hae_journal_entry filler = {.size_bytes = (uint32_t)(rest - sizeof filler),
                                               .filler = 1};

            memcpy(bytes + tail % journal->size_bytes, &filler, sizeof filler);
        }
        tail += rest;
    }
    bytes += tail % journal->size_bytes;
    memcpy(bytes, &entry, sizeof entry);
    memcpy(bytes + sizeof entry, record->data, record->size_bytes);
    journal->tail = tail + entry_size(record->size_bytes);
    publish(&recorder->file->stored->journals[record->signal].tail, journal->tail);
}

uint64_t hae_journal_end(const struct hae_recorder *recorder, haetae_signal signal)
{
    return journal_of(recorder, signal)->tail;
}

bool hae_journal_is_empty(const struct hae_recorder *recorder, haetae_signal signal)
{
    const struct hae_journal_place *journal = journal_of(recorder, signal);

    return journal->head == journal->tail;
}

/* The entry at a position, NULL where there is none, and the position behind it. */
static struct hae_journal_entry *entry_at(const struct hae_recorder *recorder,
                                          const struct hae_journal_place *journal,
                                          uint64_t position, uint64_t *ret_next)
{
    struct hae_journal_entry *entry;
    uint64_t rest = to_end(journal, position);

    if (rest < sizeof *entry) {
        *ret_next = position + rest;
        return NULL;
    }
    entry = (void *)(bytes_of(recorder, journal) + position % journal->size_bytes);
    *ret_next = position + entry_size(entry->size_bytes);
    return entry->filler ? NULL : entry;
}

static void mark(struct hae_recorder *recorder, const struct hae_journal_place *journal,
                 uint64_t from, uint64_t to)
{
    while (from < to) {
        struct hae_journal_entry *entry = entry_at(recorder, journal, from, &from);

        if (entry != NULL) {
            entry->settled = HAE_ENTRY_SETTLED;
        }
    }
}

/* Gives up the records from a position on that are settled. */
static void pass_settled(struct hae_recorder *recorder, haetae_signal signal, uint64_t head)
{
    struct hae_journal_place *journal = journal_of(recorder, signal);
    uint64_t tail = journal->tail;
    uint64_t next;

    for (; head < tail; head = next) {
        const struct hae_journal_entry *entry = entry_at(recorder, journal, head, &next);

        if (entry != NULL && entry->settled != HAE_ENTRY_SETTLED) {
            break;
        }
    }
    journal->head = head < tail ? head : tail;
    publish(&recorder->file->stored->journals[signal].head, journal->head);
}

void hae_journal_settle(struct hae_recorder *recorder, haetae_signal signal, uint64_t from,
                        uint64_t to)
{
    const struct hae_journal_place *journal = journal_of(recorder, signal);

    /* The head may be past a filler at which the range begins. */
    if (journal->head < from) {
        mark(recorder, journal, from, to);
    } else {
        /* Also later records that were answered earlier. */
        pass_settled(recorder, signal, to);
    }
}

/* ---- Some records of a range --------------------------------------------------------------- */

/* Where each scope's records begin in a request. */
struct sections {
    uint32_t first[HAE_SCOPES_MAX];
    uint16_t order[HAE_SCOPES_MAX]; /* scopes as they first come */
    uint32_t count;
};

static uint16_t scope_of(const struct hae_journal_entry *entry)
{
    uint16_t scope = entry->scope;

    return scope < HAE_SCOPES_MAX ? scope : 0;
}

static void find_sections(const struct hae_recorder *recorder,
                          const struct hae_journal_place *journal, uint64_t from, uint64_t to,
                          struct sections *sections)
{
    uint32_t begin = 0;

    memset(sections, 0, sizeof *sections);
    while (from < to) {
        const struct hae_journal_entry *entry = entry_at(recorder, journal, from, &from);
        uint16_t scope = entry != NULL ? scope_of(entry) : 0;

        if (entry != NULL && sections->first[scope]++ == 0) {
            sections->order[sections->count++] = scope;
        }
    }
    for (uint32_t i = 0; i < sections->count; i++) {
        uint32_t *first = &sections->first[sections->order[i]];
        uint32_t length = *first;

        *first = begin;
        begin += length;
    }
}

void hae_journal_settle_items(struct hae_recorder *recorder, haetae_signal signal, uint64_t from,
                              uint64_t to, uint64_t first, uint64_t count)
{
    const struct hae_journal_place *journal = journal_of(recorder, signal);
    struct sections sections;

    find_sections(recorder, journal, from, to, &sections);
    while (from < to) {
        struct hae_journal_entry *entry = entry_at(recorder, journal, from, &from);

        if (entry != NULL) {
            uint32_t item = sections.first[scope_of(entry)]++;

            if (item >= first && item - first < count) {
                entry->settled = HAE_ENTRY_SETTLED_IN_RANGE;
            }
        }
    }
}
