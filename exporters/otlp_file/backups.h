/* SPDX-License-Identifier: Apache-2.0 */
/* Files that were rotated out: telemetry.jsonl becomes telemetry-2026-03-01T09-30-00.250.jsonl,
 * with the time in UTC, as the file exporter of the OpenTelemetry Collector names them. */
#ifndef HAETAE_OTLP_FILE_BACKUPS_H
#define HAETAE_OTLP_FILE_BACKUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Gives a file the name of a backup, with this time or the next one that is free. False: errno says
 * why not. */
bool hae_backups_add(const char *path, uint64_t unix_ms);

/* Removes backups of a file: the oldest ones beyond `max_count` (0: there is no limit), and those
 * from before `oldest_unix_ms`. At most 100 in one call. */
void hae_backups_prune(const char *path, size_t max_count, uint64_t oldest_unix_ms);

#endif
