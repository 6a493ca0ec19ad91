/* SPDX-License-Identifier: Apache-2.0 */
/* A destination: an exporter, with an export queue for each signal. Only the driver of the
 * pipeline touches it. */
#ifndef HAETAE_PIPELINE_DESTINATION_H
#define HAETAE_PIPELINE_DESTINATION_H

#include <stdatomic.h>

#include "base/diagnostics.h"
#include "pipeline/exporter.h"
#include "pipeline/queue.h"

/* Makes the parts of a request that came back as too large. */
enum hae_split_outcome {
    HAE_SPLIT_DONE,     /* the parts are queued, and hold the delivery's reference */
    HAE_SPLIT_ONE_ITEM, /* it can't be split                                       */
    HAE_SPLIT_NO_MEMORY
};
typedef enum hae_split_outcome (*hae_splitter)(void *user, struct hae_export_queue *queue,
                                               struct hae_request *request);

/* A try has ended. */
struct hae_operation {
    const struct hae_export_queue *queue;
    uint64_t duration_ns;
    const haetae_result *result; /* NULL: there was no answer in time */
};

struct hae_destination_options {
    /* Called at the end of each try; NULL: nobody asks. */
    void (*ended)(void *user, const struct hae_operation *operation);
    void *ended_user;

    uint8_t group; /* see request.h */
    struct hae_retry retry;
    uint64_t timeout_ms[HAETAE_SIGNAL_COUNT]; /* of one try; 0: none */
    struct hae_diagnostics *diagnostics;
    struct hae_recorder *recorder; /* counts what the exporter does wrong */
    haetae_exporter *spool;        /* made for the destination and its backups; NULL: none */
    hae_splitter split;
    void *split_user;
    struct hae_random random; /* for jitter */
};

/* What other threads may know of it: see health.h. */
struct hae_health {
    _Atomic uint32_t sequence; /* odd while the driver changes the values */
    _Atomic uint64_t values[HAETAE_SIGNAL_COUNT][HAETAE_DESTINATION_COUNT];
};

struct hae_destination {
    struct hae_destination *first;        /* that it stands in for; itself: it is no backup */
    uint32_t backup_count;                /* those that stand in for it follow it in memory */
    struct hae_destination *spool;        /* of all of these, at the first; NULL: none */
    uint32_t target[HAETAE_SIGNAL_COUNT]; /* see failover.c */
    haetae_exporter *exporter;
    struct hae_destination_options options;
    struct hae_random random;
    uint32_t signals;       /* bit set: what it gets */
    uint32_t in_flight_max; /* over all queues       */
    uint64_t ended_count;   /* deliveries that came back */
    bool is_shut_down;
    bool keeps_something;  /* perhaps: it got deliveries since its last flush        */
    uint64_t flushing_for; /* the newest flush that it is being flushed for; 0: none  */
    uint64_t flushed_for;  /* the newest one that it was flushed for                  */
    struct hae_export_queue queues[HAETAE_SIGNAL_COUNT];
    struct hae_health health; /* the driver writes it, all read it */
};

/* The destination owns the exporter from then on. */
void hae_destination_init(struct hae_destination *destination, haetae_exporter *exporter,
                          uint32_t signals, const struct hae_destination_options *options);

/* Drops what is left, without a diagnostic, and frees the exporter. */
void hae_destination_done(struct hae_destination *destination);

/* Reports the end of a try that is in flight. */
void hae_destination_note_end(const struct hae_delivery *delivery, const haetae_result *result);

/* Whether it gets requests of the signal. */
static inline bool hae_destination_takes(const struct hae_destination *destination,
                                         haetae_signal signal)
{
    return (destination->signals >> signal & 1) != 0;
}

/* Whether it is the spool of those that it stands behind. */
static inline bool hae_destination_is_spool(const struct hae_destination *destination)
{
    return destination->exporter->spooling != NULL;
}

/* Over all queues. */
uint32_t hae_destination_in_flight(const struct hae_destination *destination);

/* Removes a delivery from those in flight, so that it is in neither list of its queue: the
 * exporter is done with it, or is about to be asked to cancel it. */
void hae_destination_take_back(struct hae_delivery *delivery);

/* Whether hae_destination_drop() can: not what is in flight through an exporter that cannot give
 * it up. */
bool hae_destination_can_drop(const struct hae_destination *destination,
                              const struct hae_request *request);

/* Drops a request that waits or is in flight, as there is no room for it. Does nothing when
 * neither is so. */
void hae_destination_drop(struct hae_destination *destination, const struct hae_request *request,
                          haetae_drop_reason reason);

/* Drops all that is left, as `reason`. */
void hae_destination_abandon(struct hae_destination *destination, haetae_drop_reason reason);

/* The sequence of the oldest request that waits or is in flight; UINT64_MAX: there is none. */
uint64_t hae_destination_oldest(const struct hae_destination *destination);

/* Has the exporter export what it keeps, for the flushes up to this number. HAETAE_OK: it has;
 * HAETAE_ETIMEOUT: it goes on at the next call; HAETAE_ELOST: it could not export all of it, for
 * the flushes up to flushed_for. */
haetae_status hae_destination_flush(struct hae_destination *destination, uint64_t number);

/* Up to which flush it has done so: UINT64_MAX for exporters that keep nothing. */
uint64_t hae_destination_flushed(const struct hae_destination *destination);

/* Calls the exporter's shutdown(), if that was not done yet. */
void hae_destination_shut_down(struct hae_destination *destination);

/* In a forked child, from within fork(): calls the exporter's after_fork(). Async-signal-safe. */
void hae_destination_in_child(const struct hae_destination *destination, bool idle);

/* In a forked child, later: forgets what the parent delivers, without calling the exporter. If
 * `idle`, the parent was not changing anything, and the memory is freed. Deliveries in flight
 * through an exporter without after_fork() are not: it may still complete them, without an
 * effect. */
void hae_destination_reinit(struct hae_destination *destination, bool idle,
                            struct hae_random random);

#endif
