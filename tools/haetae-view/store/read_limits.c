/* SPDX-License-Identifier: Apache-2.0 */
#include "store/read_limits.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

/* How often SQLite asks whether to go on: after so many of its instructions, some 0.1 ms. */
#define PROGRESS_STEPS 2000
/* How much memory may grow while a question runs. */
#define READER_MEMORY_BYTES (UINT64_C(512) << 20)
/* How long a reader goes on while a request waits. */
#define READER_SLICE_NS UINT64_C(30000000)

static uint64_t read_time_ns(const struct hae_view_database *database)
{
    return hae_time_ns(CLOCK_MONOTONIC) - database->read_since_ns;
}

bool hae_view_read_limits_reached(const struct hae_view_database *database)
{
    return read_time_ns(database) > database->options.read_ns || database->read_took_too_much;
}

/* The memory of this process; 0: it is not known. */
static uint64_t resident_bytes(void)
{
    char text[64] = "";
    unsigned long pages = 0;
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return 0;
    }
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0 || sscanf(text, "%*u %lu", &pages) != 1) {
        return 0;
    }
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* SQLite sorts and compares rows for a question in memory. */
static bool takes_too_much(struct hae_view_database *database)
{
    database->read_took_too_much |=
        database->read_memory_bytes != 0 &&
        resident_bytes() > database->read_memory_bytes + READER_MEMORY_BYTES;
    return database->read_took_too_much;
}

/* Whether a reader has to stop. Called while its statement runs. */
static int must_stop(void *user)
{
    struct hae_view_database *database = user;
    /* Relaxed: nothing else hangs on it. */
    return atomic_load_explicit(&database->interrupted, memory_order_relaxed) ||
           hae_view_read_limits_reached(database) || takes_too_much(database) ||
           (read_time_ns(database) > READER_SLICE_NS && hae_view_gate_is_wanted(&database->gate));
}

void hae_view_read_limits_begin(struct hae_view_database *database, sqlite3 *db)
{
    database->read_since_ns = hae_time_ns(CLOCK_MONOTONIC);
    database->read_memory_bytes = resident_bytes();
    database->read_took_too_much = false;
    sqlite3_progress_handler(db, PROGRESS_STEPS, must_stop, database);
}
