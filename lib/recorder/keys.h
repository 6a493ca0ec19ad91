/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder's configuration keys. The columns are explained in
 * sdk/config_registry.h. */
#ifndef HAETAE_RECORDER_KEYS_H
#define HAETAE_RECORDER_KEYS_H

#include <stddef.h>
#include <stdint.h>

#define HAE_RECORDER_KEYS(X)                                                                       \
    X(HAETAE_CLOCK, CHOICE, "auto", 0, 0, "auto|system",                                           \
      "auto: the CPU's counter where the kernel trusts it; system: always the kernel's clock")     \
    X(HAETAE_LANE_COUNT, COUNT, "0", 0, 1024, NULL,                                                \
      "How many threads can record at once with their own ring; 0: computed from "                 \
      "HAETAE_RECORDER_BYTES")                                                                     \
    X(HAETAE_RECORDER_BYTES, BYTES, "16777216", 262144, INT64_C(4294967296), NULL,                 \
      "The recorder's memory: spans being made, and all that the worker has not fetched yet")      \
    X(HAETAE_RECORDER_DIR, PATH, "", 0, 0, NULL,                                                   \
      "Directory for the recorder's memory, as a file: what a killed process had recorded is "     \
      "exported by the next start; unset: no file")                                                \
    X(HAETAE_RECORDER_DIR_MAX_BYTES, BYTES, "4294967296", 0, INT64_C(1099511627776), NULL,         \
      "The most disk space that files of dead processes may take; the oldest go first")

#endif
