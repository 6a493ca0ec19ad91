/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <linux/perf_event.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

double now_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void rest(const struct work *work)
{
    if (work->pause != NULL) {
        work->pause(work->user);
    }
}

double measure_ns(const struct work *work, clockid_t clock, int rounds)
{
    double best = 1e18;

    for (int round = 0; round < rounds; round++) {
        double start = now_ns(clock);
        double took;

        work->loop(work->user, CALLS_PER_LOOP);
        took = now_ns(clock) - start;
        best = took < best ? took : best;
        rest(work);
    }
    return best / CALLS_PER_LOOP;
}

static int open_cycle_counter(void)
{
    struct perf_event_attr attr;

    memset(&attr, 0, sizeof attr);
    attr.size = sizeof attr;
    attr.type = PERF_TYPE_HARDWARE;
    attr.config = PERF_COUNT_HW_CPU_CYCLES;
    attr.exclude_kernel = 1;
    return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static double read_counter(int counter)
{
    uint64_t value = 0;

    return read(counter, &value, sizeof value) == (ssize_t)sizeof value ? (double)value : 0;
}

double measure_cycles(const struct work *work, int rounds)
{
    int counter = open_cycle_counter();
    double best = 1e18;

    if (counter < 0) {
        return -1;
    }
    for (int round = 0; round < rounds; round++) {
        double start = read_counter(counter);
        double took;

        work->loop(work->user, CALLS_PER_LOOP);
        took = read_counter(counter) - start;
        best = took < best ? took : best;
        rest(work);
    }
    close(counter);
    return best / CALLS_PER_LOOP;
}

struct runner {
    const struct work *work;
    pthread_barrier_t *start;
    int rounds;
    double best_ns;
};

static void *run(void *argument)
{
    struct runner *runner = argument;

    pthread_barrier_wait(runner->start);
    runner->best_ns = measure_ns(runner->work, CLOCK_THREAD_CPUTIME_ID, runner->rounds);
    return NULL;
}

double measure_cpu_ns(const struct work *work, int threads, int rounds)
{
    enum { THREADS_MAX = 16 };
    struct runner runners[THREADS_MAX];
    pthread_t ids[THREADS_MAX];
    pthread_barrier_t start;
    double sum = 0;

    threads = threads < THREADS_MAX ? threads : THREADS_MAX;
    pthread_barrier_init(&start, NULL, (unsigned)threads);
    for (int i = 0; i < threads; i++) {
        runners[i] = (struct runner){work, &start, rounds, 0};
        if (pthread_create(&ids[i], NULL, run, &runners[i]) != 0) {
            _exit(2);
        }
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        sum += runners[i].best_ns;
    }
    pthread_barrier_destroy(&start);
    return sum / threads;
}

double measure_cpu_beside_ns(const struct work *work, int rounds)
{
    double best_ns;
    pid_t other = fork();

    if (other == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            work->loop(work->user, CALLS_PER_LOOP);
            rest(work);
        }
    }
    if (other < 0) {
        return 0;
    }
    best_ns = measure_cpu_ns(work, 1, rounds);
    kill(other, SIGKILL);
    waitpid(other, NULL, 0);
    return best_ns;
}
