/* SPDX-License-Identifier: Apache-2.0 */
/* An SDK that records for a receiver, in this process and in its children. */
#ifndef HAETAE_TESTS_PROCESS_PROCESS_H
#define HAETAE_TESTS_PROCESS_PROCESS_H

#include "receiver.h"

enum { PARENT = 0, CHILD = 1 };

struct fixture {
    struct receiver *receiver;
    haetae_sdk *sdk;
    haetae_tracer *tracer;
    haetae_logger *logger;
    haetae_counter *counter;
    haetae_histogram *histogram;
    haetae_bound_counter *bound;
    haetae_span span;
};

/* Starts a receiver and an SDK for it, with these settings (NULL: the usual ones). */
void fixture_begin(struct fixture *f, const struct sdk_setting *settings);

/* Makes the tracer, the logger and the instruments of an SDK; a part of fixture_begin(). */
void fixture_use(struct fixture *f, haetae_sdk *sdk);

/* Shuts down and checks that everything was delivered. After that the test may read the items. */
void fixture_finish(struct fixture *f);
void fixture_end(struct fixture *f);

/* Records `count` spans, logs and measurements of each instrument, as thread `thread` of a
 * process. */
void fixture_record(struct fixture *f, unsigned process, unsigned thread, unsigned long count);

/* Checks that each of these items arrived once. */
void fixture_has(struct fixture *f, unsigned process, unsigned thread, unsigned long count);

/* Records one span or log with an id. */
haetae_span process_start_span(haetae_tracer *tracer, struct item_id id);
void process_span(haetae_tracer *tracer, struct item_id id);
void process_log(haetae_logger *logger, struct item_id id);

/* Runs `body` in a forked child, which then calls _exit(). Waits for the child and checks that
 * its exit status is 0. Returns its pid. */
typedef void (*process_body)(void *argument);
pid_t process_run(process_body body, void *argument);
pid_t process_begin(process_body body, void *argument);
void process_await(pid_t pid);

unsigned process_thread_count(void);

/* For children, where cmocka's assertions do not work: prints the condition and exits. */
#define CHILD_EXPECT(condition) process_expect((condition), #condition, __FILE__, __LINE__)
void process_expect(bool condition, const char *text, const char *file, int line);

#endif
