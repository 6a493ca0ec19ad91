/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter that stands behind a destination and its backups: it writes what they cannot send
 * into the spools of their signals. It blocks, so that it has a thread of its own. */
#ifndef HAETAE_PIPELINE_SPOOLING_H
#define HAETAE_PIPELINE_SPOOLING_H

#include "pipeline/exporter.h"
#include "spool/spool.h"

struct hae_request;

/* What is sent again of one signal; see replay.c. The driver's own. */
struct hae_spooling_leg {
    struct hae_spooling *spooling;
    haetae_signal signal;
    struct hae_request *out; /* NULL: none is on its way */
    uint64_t look_ms;        /* when to look into the directory again */
    uint64_t resume_ms;      /* when to go on after a failure         */
};

struct hae_spooling {
    struct hae_spool spools[HAETAE_SIGNAL_COUNT];
    struct hae_spooling_leg legs[HAETAE_SIGNAL_COUNT];
    uint32_t signals; /* bit set: those that it has */
    uint64_t after_ms;
    bool is_inherited; /* in a forked child: what is out is the parent's */

    /* See spill.c. The driver's own. */
    uint64_t away_since_ms[HAETAE_SIGNAL_COUNT]; /* 0: not all are away */
    bool is_emptying[HAETAE_SIGNAL_COUNT];
    bool is_pressed[HAETAE_SIGNAL_COUNT];
};

struct hae_spooling_options {
    const char *path; /* of the directory that has those of all spools */
    uint64_t bytes_max;
    uint64_t age_max_ms;
    uint64_t after_ms; /* so long all have to be away before what waits is written */
    struct hae_diagnostics *diagnostics;
};

/* Makes one for the signals of an exporter with this title. Ownership: the caller's, for
 * haetae_exporter_free(). Errors: HAETAE_ENOMEM. */
haetae_status hae_spooling_new(const struct hae_spooling_options *options, const char *title,
                               uint32_t signals, haetae_exporter **ret_exporter);

/* The spool of a signal. */
struct hae_spool *hae_spooling_of(const haetae_exporter *exporter, haetae_signal signal);

#endif
