/* SPDX-License-Identifier: Apache-2.0 */
#include "writer.h"

#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "pipeline/export_thread.h"
#include "support/core_cmocka.h"

/* ---- Jobs --------------------------------------------------------------------------------- */

static void free_job(struct sim_job *job)
{
    free(job->data);
    *job = (struct sim_job){.writer = job->writer};
}

static struct sim_job *oldest(const struct sim_writer *writer, enum sim_job_state state)
{
    const struct sim_job *found = NULL;

    for (int i = 0; i < SIM_JOBS_MAX; i++) {
        const struct sim_job *job = &writer->jobs[i];

        if (job->state == state && (found == NULL || job->order < found->order)) {
            found = job;
        }
    }
    return (struct sim_job *)(uintptr_t)found;
}

static void written(haetae_delivery *copy, const haetae_result *result)
{
    struct sim_job *job = (struct sim_job *)copy;

    job->result = *result;
    if (result->message != NULL) {
        snprintf(job->message, sizeof job->message, "%s", result->message);
        job->result.message = job->message;
    }
    job->state = SIM_JOB_DONE;
}

/* ---- The exporter ------------------------------------------------------------------------- */

static void send(void *self, haetae_delivery *delivery)
{
    struct sim_writer *writer = self;
    struct sim_job *job = oldest(writer, SIM_JOB_FREE);
    uint64_t wait = writer->disk->weather == SIM_DISK_SLOW ? 300 : 3;
    size_t size = haetae_delivery_size(delivery);

    assert_non_null(job);
    job->data = malloc(size);
    assert_non_null(job->data);
    memcpy(job->data, haetae_delivery_data(delivery), size);
    job->copy = *(const struct haetae_delivery *)delivery;
    job->copy.data = job->data;
    job->copy.complete = written;
    job->delivery = delivery;
    job->order = ++writer->last_order;
    job->due_ms = *writer->disk->now_ms + hae_splitmix(&writer->disk->random->a) % wait;
    job->state = SIM_JOB_QUEUED;
}

static void step(void *self)
{
    struct sim_writer *writer = self;
    struct sim_job *job;

    while ((job = oldest(writer, SIM_JOB_DONE)) != NULL) {
        haetae_delivery *delivery = job->delivery;
        haetae_result result = job->result;
        char message[SIM_MESSAGE_BYTES];

        memcpy(message, job->message, sizeof message);
        result.message = result.message != NULL ? message : NULL;
        delivery->receipt = job->copy.receipt;
        free_job(job);
        haetae_delivery_complete(delivery, &result);
    }
}

/* What is being written is written all the same. */
static void cancel(void *self, haetae_delivery *delivery)
{
    struct sim_writer *writer = self;

    for (int i = 0; i < SIM_JOBS_MAX; i++) {
        struct sim_job *job = &writer->jobs[i];

        if (job->state != SIM_JOB_FREE && job->delivery == delivery) {
            job->delivery = NULL;
            if (job->state != SIM_JOB_WRITING) {
                free_job(job);
            }
            return;
        }
    }
    fail_msg("a write is cancelled that is not under way");
}

static void end(void *self)
{
    struct sim_writer *writer = self;

    for (int i = 0; i < SIM_JOBS_MAX; i++) {
        free_job(&writer->jobs[i]);
    }
    writer->free(writer->free_self);
    writer->exporter = NULL;
}

void sim_writer_begin(struct sim_writer *writer, const struct hae_spooling_options *options,
                      const char *title, uint32_t signals)
{
    const struct hae_export_thread *thread;
    haetae_exporter_ops *ops;

    assert_int_equal(hae_spooling_new(options, title, signals, &writer->exporter), HAETAE_OK);
    /* The thread is never started: its place is taken by sim_writer_run(). */
    thread = writer->exporter->self;
    ops = &writer->exporter->ops;
    assert_true(ops->max_in_flight <= SIM_JOBS_MAX);
    writer->spooling = writer->exporter->spooling;
    writer->send = thread->ops.send;
    writer->send_self = thread->self;
    writer->free = ops->free;
    writer->free_self = writer->exporter->self;
    writer->is_busy = false;
    for (int i = 0; i < SIM_JOBS_MAX; i++) {
        writer->jobs[i] = (struct sim_job){.writer = writer};
    }
    *ops = (haetae_exporter_ops){.struct_size = sizeof *ops,
                                 .name = "spool",
                                 .send = send,
                                 .step = step,
                                 .cancel = cancel,
                                 .free = end,
                                 .max_in_flight = ops->max_in_flight,
                                 .signals = ops->signals};
    writer->exporter->self = writer;
}

/* ---- The thread --------------------------------------------------------------------------- */

uint64_t sim_writer_due_ms(const struct sim_writer *writer)
{
    const struct sim_job *job = oldest(writer, SIM_JOB_QUEUED);

    return writer->exporter != NULL && !writer->is_busy && job != NULL ? job->due_ms : UINT64_MAX;
}

bool sim_writer_is_done(const struct sim_writer *writer)
{
    return writer->exporter != NULL && oldest(writer, SIM_JOB_DONE) != NULL;
}

struct pause {
    struct sim_writer *writer;
    void (*meanwhile)(void *user);
    void *user;
    pthread_mutex_t *lock; /* of the spool: nobody else gets on while it is held */
};

static void pause_within(void *user)
{
    struct pause *pause = user;
    struct sim_disk *disk = pause->writer->disk;

    if (pthread_mutex_trylock(pause->lock) != 0) {
        return;
    }
    pthread_mutex_unlock(pause->lock);
    disk->meanwhile = NULL;
    pause->meanwhile(pause->user);
    disk->meanwhile = pause_within;
    disk->meanwhile_user = pause;
}

void sim_writer_run(struct sim_writer *writer, void (*meanwhile)(void *user), void *user)
{
    struct sim_disk *disk = writer->disk;

    while (sim_writer_due_ms(writer) <= *disk->now_ms) {
        struct sim_job *job = oldest(writer, SIM_JOB_QUEUED);
        struct pause pause = {.writer = writer,
                              .meanwhile = meanwhile,
                              .user = user,
                              .lock = &writer->spooling->spools[job->copy.signal].lock};

        job->state = SIM_JOB_WRITING;
        writer->is_busy = true;
        disk->meanwhile = meanwhile != NULL ? pause_within : NULL;
        disk->meanwhile_user = &pause;
        writer->send(writer->send_self, &job->copy);
        disk->meanwhile = NULL;
        writer->is_busy = false;
        if (job->delivery == NULL) {
            free_job(job);
        }
    }
}

/* The kernel gives up its locks; what this process knew is forgotten as a forked child does it. */
void sim_writer_kill(struct sim_writer *writer)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct hae_spool *spool = &writer->spooling->spools[signal];

        if ((writer->spooling->signals >> signal & 1) == 0) {
            continue;
        }
        for (struct hae_spool_owner *owner = spool->owners; owner != NULL; owner = owner->next) {
            if (owner->page != NULL) {
                munmap(owner->page, 1);
            }
        }
        hae_spool_in_child(spool, true);
        hae_spool_reinit(spool);
    }
    writer->spooling->is_inherited = true;
}
