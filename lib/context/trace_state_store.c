/* SPDX-License-Identifier: Apache-2.0 */
#include "context/trace_state_store.h"

#include <stdatomic.h>
#include <string.h>

#include "haetae/context.h"

/* A text lies in consecutive units of the ring, with its length in front. The number of a text is
 * that of its first unit; units are numbered from 1 on for the life of the process. */
enum { UNIT_COUNT = 8192, UNIT_WORDS = 7, UNIT_BYTES = UNIT_WORDS * 8, LENGTH_BYTES = 2 };
enum { UNITS_MAX = (LENGTH_BYTES + HAETAE_TRACE_STATE_MAX + UNIT_BYTES - 1) / UNIT_BYTES };

/* Tries to store a text before giving up. One fails only where a thread was stopped in the middle
 * of a unit while all others of the ring were used. */
enum { STORE_TRIES = 8 };

struct unit {
    /* The number of the unit that lies here, times two; plus 1 while it is being written. */
    _Atomic uint64_t stamp;
    _Atomic uint64_t words[UNIT_WORDS];
};

static struct unit units[UNIT_COUNT];
static _Atomic uint64_t last_number;

static struct unit *unit_at(uint64_t number)
{
    return &units[number % UNIT_COUNT];
}

/* False: another thread is writing what belongs in this place a round before. */
static bool write_unit(uint64_t number, const uint8_t *bytes)
{
    struct unit *unit = unit_at(number);
    /* Relaxed: the exchange decides. */
    uint64_t seen = atomic_load_explicit(&unit->stamp, memory_order_relaxed);
    uint64_t word;

    if ((seen & 1) != 0 ||
        !atomic_compare_exchange_strong_explicit(&unit->stamp, &seen, number * 2 + 1,
                                                 memory_order_relaxed, memory_order_relaxed)) {
        return false;
    }
    for (int i = 0; i < UNIT_WORDS; i++) {
        memcpy(&word, bytes + i * 8, sizeof word);
        /* Release pairs with the acquire of the words in read_unit(): a reader of the text of
         * before that sees a word of this one sees that the stamp has changed. */
        atomic_store_explicit(&unit->words[i], word, memory_order_release);
    }
    /* Release pairs with the acquire of the stamp in read_unit(): the words are there. */
    atomic_store_explicit(&unit->stamp, number * 2, memory_order_release);
    return true;
}

static bool read_unit(uint64_t number, uint8_t *bytes)
{
    struct unit *unit = unit_at(number);
    uint64_t word;

    /* Acquire pairs with the last release in write_unit(). */
    if (atomic_load_explicit(&unit->stamp, memory_order_acquire) != number * 2) {
        return false;
    }
    for (int i = 0; i < UNIT_WORDS; i++) {
        word = atomic_load_explicit(&unit->words[i], memory_order_acquire);
        memcpy(bytes + i * 8, &word, sizeof word);
    }
    /* Relaxed: the acquire loads above keep it last. */
    return atomic_load_explicit(&unit->stamp, memory_order_relaxed) == number * 2;
}

static size_t unit_count(size_t length)
{
    return (LENGTH_BYTES + length + UNIT_BYTES - 1) / UNIT_BYTES;
}

uint64_t hae_trace_state_store(const char *text, size_t length)
{
    uint8_t bytes[UNITS_MAX * UNIT_BYTES];
    uint16_t head = (uint16_t)length;
    size_t count = unit_count(length);

    memcpy(bytes, &head, LENGTH_BYTES);
    memcpy(bytes + LENGTH_BYTES, text, length);
    memset(bytes + LENGTH_BYTES + length, 0, count * UNIT_BYTES - LENGTH_BYTES - length);
    for (int tries = 0; tries < STORE_TRIES; tries++) {
        /* Relaxed: it only gives each unit to one writer; the stamps order the rest. */
        uint64_t first = 1 + atomic_fetch_add_explicit(&last_number, count, memory_order_relaxed);
        size_t done = 0;

        while (done < count && write_unit(first + done, bytes + done * UNIT_BYTES)) {
            done++;
        }
        if (done == count) {
            return first;
        }
    }
    return 0;
}

size_t hae_trace_state_load(uint64_t number, char *buffer)
{
    uint8_t bytes[UNITS_MAX * UNIT_BYTES];
    uint16_t length;

    if (number == 0 || !read_unit(number, bytes)) {
        return 0;
    }
    memcpy(&length, bytes, LENGTH_BYTES);
    if (length > HAETAE_TRACE_STATE_MAX) {
        return 0; /* the number is of a unit in the middle of a text */
    }
    for (size_t i = 1; i < unit_count(length); i++) {
        if (!read_unit(number + i, bytes + i * UNIT_BYTES)) {
            return 0;
        }
    }
    memcpy(buffer, bytes + LENGTH_BYTES, length);
    return length;
}

bool hae_trace_state_is_kept(uint64_t number)
{
    /* Relaxed: the text may be overwritten right afterwards in any case. */
    return number != 0 &&
           atomic_load_explicit(&unit_at(number)->stamp, memory_order_relaxed) == number * 2;
}
