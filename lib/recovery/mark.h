/* SPDX-License-Identifier: Apache-2.0 */
/* The mark of the regions that this library makes and reads. */
#ifndef HAETAE_RECOVERY_MARK_H
#define HAETAE_RECOVERY_MARK_H

#include <stdint.h>

/* The mark of all that lies in a region: the recorder's structs, spans and metrics. */
uint64_t hae_recovery_mark(void);

#endif
