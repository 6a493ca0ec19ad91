/* SPDX-License-Identifier: Apache-2.0 */
/* Linked into all test programs and tools of a build with HAETAE_COVERAGE. gcov writes its counters
 * when a process ends by exit(). Children that end by _exit() or are killed would count for
 * nothing, so here they write theirs first. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

void __gcov_dump(void);
void __real__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));
int __real_raise(int number);
int __wrap_raise(int number);
int __real_kill(pid_t process, int number);
int __wrap_kill(pid_t process, int number);

/* Asks a process to write its counters. No test uses this signal. */
#define DUMP_SIGNAL (SIGRTMAX - 3)

/* Under a limit for files gcov would leave half of one, which it cannot read the next time. Also at
 * exit(): gcov's own destructors come after this one. */
static __attribute__((destructor)) void lift_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_FSIZE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_FSIZE, &limit);
    }
}

static void write_counters(void)
{
    lift_limit();
    __gcov_dump();
}

static void dump(int number)
{
    struct rlimit limit;

    (void)number;
    (void)getrlimit(RLIMIT_FSIZE, &limit);
    write_counters();
    (void)setrlimit(RLIMIT_FSIZE, &limit);
}

static __attribute__((constructor)) void watch(void)
{
    struct sigaction action = {.sa_handler = dump, .sa_flags = SA_RESTART};

    sigaction(DUMP_SIGNAL, &action, NULL);
}

void __wrap__exit(int status)
{
    write_counters();
    __real__exit(status);
}

int __wrap_raise(int number)
{
    if (number == SIGKILL) {
        write_counters();
    }
    return __real_raise(number);
}

/* Another process gets a moment for it; one that blocks the signal is not counted. */
int __wrap_kill(pid_t process, int number)
{
    const struct timespec moment = {0, 50 * 1000 * 1000};

    if (number == SIGKILL && process == getpid()) {
        write_counters();
    } else if (number == SIGKILL && process > 0) {
        __real_kill(process, DUMP_SIGNAL);
        nanosleep(&moment, NULL);
    }
    return __real_kill(process, number);
}
