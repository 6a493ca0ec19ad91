/* SPDX-License-Identifier: Apache-2.0 */
/* What librdkafka reports beside the ends of messages, such as a broker that is away: as warnings,
 * not too many, and as the reason of what fails. */
#ifndef HAETAE_KAFKA_NOTES_H
#define HAETAE_KAFKA_NOTES_H

#include <stdint.h>

#include "haetae/exporter.h"
#include "secrets.h"

struct hae_kafka_notes {
    const haetae_exporter *exporter; /* NULL: nobody is warned */
    char problem[256];               /* the latest; "": none   */
    uint64_t noted_ms;               /* when it came           */
    uint64_t next_ms;                /* when a warning may be given again */
    unsigned long quiet_count;
};

/* Notes a text, with its secrets hidden. */
void hae_kafka_note(struct hae_kafka_notes *notes, const struct hae_kafka_secrets *secrets,
                    const char *text, uint64_t now_ms);

/* The latest, if it is not too old to be the reason of what happens now; else "". */
const char *hae_kafka_noted(const struct hae_kafka_notes *notes, uint64_t now_ms);

#endif
