/* SPDX-License-Identifier: Apache-2.0 */
/* What each peer's program does and prints, so that peers.py can put them side by side:
 *     calls ...   times recording calls and prints a line for each: row <name> <ns of one call>
 *     cpu ...     records at a steady rate, waits until all is exported, and prints
 *                 cpu <ns of the whole process>
 * and in the end, both: recorded <count>, dropped <count> (the latter if it knows). */
#ifndef HAETAE_BENCH_PEER_H
#define HAETAE_BENCH_PEER_H

#include <stdint.h>

#include "../harness.h"

/* Values rotate, so that no call is the same over and over. */
enum { VARIANTS = 16 };

struct texts {
    char routes[VARIANTS][24];
    char zones[VARIANTS][24];
};

#define SPAN_NAME "GET /rides/{id}"
#define LOG_BODY  "driver 1234567 accepted ride 7654321 in the north west zone!"

/* The texts all peers use. */
void make_texts(struct texts *ret_texts);

/* Times `work` and prints its row. */
void print_row(const char *name, const struct work *work, int rounds);

/* Calls `work->loop` for as many calls as are due, once in each tick of 20 ms: so few
 * ticks that their own cost is lost in it. Returns the number of calls. */
uint64_t record_steadily(const struct work *work, unsigned rate, unsigned seconds);

/* CPU time of the whole process, user and system. */
uint64_t process_cpu_ns(void);

/* Lets other threads and processes come to rest for half a millisecond. */
void rest_shortly(void *unused);

/* The number in `text`, from 1 to 1,000,000,000; or the end of the program. */
unsigned number_of(const char *text);

#endif
