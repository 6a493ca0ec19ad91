/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a file: one line for each fault, with file, line and path. They are kept here
 * until the end, since other calls on a configuration would begin its text again. */
#ifndef HAETAE_CONFIG_FILE_FAULTS_H
#define HAETAE_CONFIG_FILE_FAULTS_H

#include "node.h"

enum { HAE_FAULT_BYTES = 6000 };

struct hae_faults {
    const char *name;     /* of the file */
    haetae_status status; /* of the first fault */
    size_t length;
    size_t count;
    size_t left_out_count;
    char text[HAE_FAULT_BYTES];
};

/* Adds a fault of a line; 0: of none. */
void hae_fault_at_line(struct hae_faults *faults, haetae_status status, size_t line,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Adds a fault of a node: FILE:LINE: PATH: text. */
void hae_fault(struct hae_faults *faults, haetae_status status,
               const struct haetae_config_node *node, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Gives the faults to the configuration, and returns the status of the first; HAETAE_OK: there is
 * none. */
haetae_status hae_faults_report(const struct hae_faults *faults, haetae_config *config);

/* Warns of a node in the same form. */
void hae_warn(const struct hae_faults *faults, haetae_config *config,
              const struct haetae_config_node *node, const char *what);

#endif
