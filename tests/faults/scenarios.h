/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HAETAE_TESTS_FAULTS_SCENARIOS_H
#define HAETAE_TESTS_FAULTS_SCENARIOS_H

#include <stdbool.h>

struct scenario {
    const char *name;
    void (*run)(const char *name);
    bool http_only; /* the same whatever the protocol, or nothing of gRPC's */
};

/* Each list ends with a NULL name. */
extern const struct scenario faults_of_receivers[];
extern const struct scenario faults_around[]; /* disk, certificates, names, several receivers */
extern const struct scenario kills[];
extern const struct scenario long_runs[]; /* not among those that are listed */

#endif
