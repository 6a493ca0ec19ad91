/* SPDX-License-Identifier: Apache-2.0 */
#include "notes.h"

#include <stdio.h>

enum { PAUSE_MS = 10000, OLD_MS = 30000 };

void hae_kafka_note(struct hae_kafka_notes *notes, const struct hae_kafka_secrets *secrets,
                    const char *text, uint64_t now_ms)
{
    char line[sizeof notes->problem + 64];

    hae_kafka_secrets_hide(secrets, text, notes->problem, sizeof notes->problem);
    notes->noted_ms = now_ms;
    if (now_ms < notes->next_ms) {
        notes->quiet_count++;
        return;
    }
    snprintf(line, sizeof line, "%s", notes->problem);
    if (notes->quiet_count > 0) {
        snprintf(line, sizeof line, "%s (%lu reports before it were left out)", notes->problem,
                 notes->quiet_count);
    }
    haetae_exporter_warn(notes->exporter, line);
    notes->next_ms = now_ms + PAUSE_MS;
    notes->quiet_count = 0;
}

const char *hae_kafka_noted(const struct hae_kafka_notes *notes, uint64_t now_ms)
{
    return notes->problem[0] != '\0' && now_ms < notes->noted_ms + OLD_MS ? notes->problem : "";
}
