/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that writes into the spools of an exporter, in virtual time: between two runs of the
 * pipeline, of which some may come in the middle of a write. */
#ifndef HAETAE_TESTS_SIMULATION_WRITER_H
#define HAETAE_TESTS_SIMULATION_WRITER_H

#include "disk.h"
#include "pipeline/delivery_view.h"
#include "pipeline/spooling.h"

enum { SIM_JOBS_MAX = 8, SIM_MESSAGE_BYTES = 200 };

enum sim_job_state { SIM_JOB_FREE, SIM_JOB_QUEUED, SIM_JOB_WRITING, SIM_JOB_DONE };

struct sim_job {
    struct haetae_delivery copy; /* first: what is written */
    struct sim_writer *writer;
    haetae_delivery *delivery; /* NULL: cancelled */
    uint8_t *data;
    enum sim_job_state state;
    uint64_t order;
    uint64_t due_ms;
    haetae_result result;
    char message[SIM_MESSAGE_BYTES];
};

struct sim_writer {
    struct sim_disk *disk;
    haetae_exporter *exporter; /* the spool's; NULL: there is none */
    struct hae_spooling *spooling;
    /* What the exporter's thread would call. */
    void (*send)(void *self, haetae_delivery *delivery);
    void *send_self;
    void (*free)(void *self);
    void *free_self;
    struct sim_job jobs[SIM_JOBS_MAX];
    uint64_t last_order;
    bool is_busy;
};

/* Makes the spool of an exporter with a title, without a thread. */
void sim_writer_begin(struct sim_writer *writer, const struct hae_spooling_options *options,
                      const char *title, uint32_t signals);

/* When it has something to write; UINT64_MAX: nothing. */
uint64_t sim_writer_due_ms(const struct sim_writer *writer);

/* Whether anything is written that the driver does not know of yet. */
bool sim_writer_is_done(const struct sim_writer *writer);

/* Writes what is due now. `meanwhile` is called while it does; NULL: nothing happens. */
void sim_writer_run(struct sim_writer *writer, void (*meanwhile)(void *user), void *user);

/* The process is killed: nothing is cleaned up. */
void sim_writer_kill(struct sim_writer *writer);

#endif
