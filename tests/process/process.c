/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

void fixture_use(struct fixture *f, haetae_sdk *sdk)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_counter *other = NULL;
    haetae_meter *meter;

    f->sdk = sdk;
    f->tracer = haetae_tracer_named(f->sdk, "fork");
    f->logger = haetae_logger_named(f->sdk, "fork");
    meter = haetae_meter_named(f->sdk, "fork");
    options.name = haetae_string_of("made");
    assert_int_equal(haetae_counter_create(meter, &options, &f->counter), HAETAE_OK);
    options.name = haetae_string_of("observed");
    assert_int_equal(haetae_histogram_create(meter, &options, &f->histogram), HAETAE_OK);
    options.name = haetae_string_of("bound");
    assert_int_equal(haetae_counter_create(meter, &options, &other), HAETAE_OK);
    assert_int_equal(haetae_counter_bind(other, NULL, 0, &f->bound), HAETAE_OK);
}

void fixture_begin(struct fixture *f, const struct sdk_setting *settings)
{
    memset(f, 0, sizeof *f);
    f->receiver = receiver_start();
    fixture_use(f, receiver_sdk(f->receiver, settings));
    /* After this flush all threads have started: see receivers_hold(). */
    assert_int_equal(haetae_sdk_force_flush(f->sdk, 60000), HAETAE_OK);
}

void fixture_finish(struct fixture *f)
{
    assert_int_equal(haetae_sdk_shutdown(f->sdk, 20000), HAETAE_OK);
    receiver_stop(f->receiver);
}

void fixture_end(struct fixture *f)
{
    haetae_sdk_free(f->sdk);
    receiver_free(f->receiver);
}

void fixture_record(struct fixture *f, unsigned process, unsigned thread, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++) {
        struct item_id id = {process, thread, i};

        process_span(f->tracer, id);
        process_log(f->logger, id);
        haetae_counter_add(f->counter, 1, HAETAE_ATTRS(HAETAE_ATTR("kind", "test")));
        haetae_histogram_record(f->histogram, 1, NULL, 0);
        haetae_bound_counter_add(f->bound, 1);
    }
}

void fixture_has(struct fixture *f, unsigned process, unsigned thread, unsigned long count)
{
    receiver_has_each_once(f->receiver, HAETAE_SIGNAL_TRACES, process, thread, count);
    receiver_has_each_once(f->receiver, HAETAE_SIGNAL_LOGS, process, thread, count);
}

/* ---- Recording ------------------------------------------------------------------------------ */

static size_t write_id(char text[48], struct item_id id)
{
    return (size_t)snprintf(text, 48, "%u.%u.%lu", id.process, id.thread, id.sequence);
}

haetae_span process_start_span(haetae_tracer *tracer, struct item_id id)
{
    char name[48];

    return haetae_span_start(tracer, name, write_id(name, id), HAETAE_SPAN_KIND_INTERNAL);
}

void process_span(haetae_tracer *tracer, struct item_id id)
{
    haetae_span_end(process_start_span(tracer, id));
}

void process_log(haetae_logger *logger, struct item_id id)
{
    char body[48];

    haetae_log(logger, HAETAE_SEVERITY_INFO, body, write_id(body, id), NULL, 0);
}

unsigned process_thread_count(void)
{
    DIR *directory = opendir("/proc/self/task");
    unsigned count = 0;

    while (readdir(directory) != NULL) {
        count++;
    }
    closedir(directory);
    return count - 2; /* . and .. */
}

/* ---- Children ------------------------------------------------------------------------------- */

void process_expect(bool condition, const char *text, const char *file, int line)
{
    if (!condition) {
        fprintf(stderr, "%s:%d: in a child: %s\n", file, line, text);
        _exit(1);
    }
}

pid_t process_begin(process_body body, void *argument)
{
    pid_t pid;

    receivers_hold();
    pid = fork();
    receivers_release();
    assert_true(pid >= 0);
    if (pid == 0) {
        body(argument);
        _exit(0);
    }
    return pid;
}

void process_await(pid_t pid)
{
    int status = -1;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fail_msg("child %d ended with status 0x%x", (int)pid, (unsigned)status);
    }
}

pid_t process_run(process_body body, void *argument)
{
    pid_t pid = process_begin(body, argument);

    process_await(pid);
    return pid;
}
