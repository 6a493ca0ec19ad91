/* SPDX-License-Identifier: Apache-2.0 */
/* LTTng-UST beside haetae: one event with the fields of a span or of a log record.
 * Its session is made and taken down by peers.py, which also asks it what was discarded.
 * Usage: peer_lttng calls ROUNDS | peer_lttng cpu RATE SECONDS */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "peer_lttng_events.h"

#include <stdio.h>
#include <string.h>

#include "peer.h"

static struct texts texts;

static void event_plain(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        lttng_ust_tracepoint(haetae_bench, span);
    }
}

static void event_five(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        lttng_ust_tracepoint(haetae_bench, span_5, "GET", texts.routes[i % VARIANTS], 200 + i % 5,
                             "dispatch.local", 1024 + i);
    }
}

static void event_log(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        lttng_ust_tracepoint(haetae_bench, log_3, LOG_BODY, 1234567 + i, texts.zones[i % VARIANTS],
                             i & 3);
    }
}

static uint64_t measure_calls(int rounds)
{
    print_row("span", &(struct work){event_plain, rest_shortly, NULL}, rounds);
    print_row("span_5", &(struct work){event_five, rest_shortly, NULL}, rounds);
    print_row("log_3", &(struct work){event_log, rest_shortly, NULL}, rounds);
    return (uint64_t)3 * CALLS_PER_LOOP * (unsigned)rounds;
}

static uint64_t measure_cpu(unsigned rate, unsigned seconds)
{
    uint64_t cpu = process_cpu_ns();
    uint64_t count = record_steadily(&(struct work){event_five, NULL, NULL}, rate, seconds);

    printf("cpu %llu\n", (unsigned long long)(process_cpu_ns() - cpu));
    return count;
}

int main(int argc, char **argv)
{
    uint64_t count;

    make_texts(&texts);
    if (!lttng_ust_tracepoint_enabled(haetae_bench, span_5)) {
        fprintf(stderr, "peer_lttng: no session records its events\n");
        return 2;
    }
    if (argc == 3 && strcmp(argv[1], "calls") == 0) {
        count = measure_calls((int)number_of(argv[2]));
    } else if (argc == 4 && strcmp(argv[1], "cpu") == 0) {
        count = measure_cpu(number_of(argv[2]), number_of(argv[3]));
    } else {
        fprintf(stderr, "usage: peer_lttng calls ROUNDS | cpu RATE SECONDS\n");
        return 2;
    }
    printf("recorded %llu\n", (unsigned long long)count);
    return 0;
}
