/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

void make_texts(struct texts *ret_texts)
{
    for (int i = 0; i < VARIANTS; i++) {
        snprintf(ret_texts->routes[i], sizeof ret_texts->routes[i], "/rides/{id}/%d", i);
        snprintf(ret_texts->zones[i], sizeof ret_texts->zones[i], "zone-%d", i * 37);
    }
}

void print_row(const char *name, const struct work *work, int rounds)
{
    printf("row %s %.2f\n", name, measure_ns(work, CLOCK_MONOTONIC, rounds));
    fflush(stdout);
}

static double now_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

uint64_t record_steadily(const struct work *work, unsigned rate, unsigned seconds)
{
    const struct timespec tick = {0, 20000000};
    double begin = now_seconds();
    uint64_t count = 0;

    for (double passed = 0; passed < seconds; passed = now_seconds() - begin) {
        uint64_t due = (uint64_t)(passed * rate);

        while (count < due) {
            uint64_t calls = due - count < CALLS_PER_LOOP ? due - count : CALLS_PER_LOOP;

            work->loop(work->user, (int)calls);
            count += calls;
        }
        nanosleep(&tick, NULL);
    }
    return count;
}

static uint64_t ns_of(struct timeval time)
{
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

uint64_t process_cpu_ns(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return ns_of(usage.ru_utime) + ns_of(usage.ru_stime);
}

void rest_shortly(void *unused)
{
    (void)unused;
    nanosleep(&(struct timespec){0, 500000}, NULL);
}

unsigned number_of(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || value == 0 || value > 1000000000) {
        fprintf(stderr, "peer: '%s': expected a number\n", text);
        exit(2);
    }
    return (unsigned)value;
}
