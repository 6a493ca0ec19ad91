/* SPDX-License-Identifier: Apache-2.0 */
/* The disk that spools are on: real files, whose system calls take virtual time, and fail as the
 * disk's weather has it. The system's clock is the simulation's as well. */
#ifndef HAETAE_TESTS_SIMULATION_DISK_H
#define HAETAE_TESTS_SIMULATION_DISK_H

#include "base/random.h"
#include "support/temporary.h"

enum sim_disk_weather {
    SIM_DISK_GOOD,
    SIM_DISK_SLOW,      /* much happens while a request is written        */
    SIM_DISK_FULL,      /* of a write some may be done                    */
    SIM_DISK_READ_ONLY, /* nothing can be made, written or removed        */
    SIM_DISK_ERROR,     /* every call fails                               */
    SIM_DISK_NO_FILES,  /* the process has no descriptor left             */
    SIM_DISK_CHANCE,    /* any of these, drawn for each call              */
    SIM_DISK_DYING,     /* the process ends in the middle of the next write */
    SIM_DISK_WEATHERS
};

struct sim_disk {
    struct hae_random *random;
    uint64_t *now_ms;
    int64_t wall_ms; /* from now_ms to the time since 1970 */
    enum sim_disk_weather weather;
    bool remove_failed; /* a file that is done with may be left */
    bool is_over;       /* SIM_DISK_DYING: the process has ended: no call comes any more */
    char path[TEMPORARY_PATH_MAX];
    /* Called in the middle of a call of a thread that writes; NULL: it is not one's. */
    void (*meanwhile)(void *user);
    void *meanwhile_user;
    /* Called when the driver sleeps within a run. */
    void (*asleep)(void *user);
    void *asleep_user;
};

/* From now on system calls are the disk's; NULL: the system's. */
void sim_disk_use(struct sim_disk *disk);

/* Removes all that is in its directory. Returns how many segments were there. */
unsigned sim_disk_clear(const struct sim_disk *disk);

/* Damages a byte of some segment. False: there is none. */
bool sim_disk_damage(struct sim_disk *disk);

/* How many segments are there. */
unsigned sim_disk_segment_count(const struct sim_disk *disk);

#endif
