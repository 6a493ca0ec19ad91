/* SPDX-License-Identifier: Apache-2.0 */
/* What lies in spools, for whoever has no SDK: a list of it, and its export. */
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cancel.h"
#include "base/option_struct.h"
#include "sdk/attach_recovery.h"
#include "sdk/config_error.h"
#include "sdk/recover.h"
#include "sdk/start.h"

/* Reads what is in a directory of spools. */
static haetae_status read_spools(haetae_config *config, const char *path,
                                 struct hae_spool_entries *ret_entries)
{
    struct hae_file_fault fault = {NULL, 0};
    int directory = hae_region_directory_open(path, &fault);
    haetae_status status;

    *ret_entries = (struct hae_spool_entries){NULL, 0, 0};
    if (directory < 0) {
        return config != NULL ? hae_sdk_report_file_fault(config, "", path, &fault)
                              : hae_sdk_status_of_fault(&fault);
    }
    status = hae_spool_entries_read(directory, ret_entries);
    close(directory);
    return status;
}

/* ---- Exporting ---------------------------------------------------------------------------- */

static uint64_t sum(const struct hae_spool_entries *entries, haetae_spool_stat stat)
{
    uint64_t count = 0;

    for (size_t i = 0; i < entries->count; i++) {
        count += entries->items[i].values[stat];
    }
    return count;
}

/* Segments that a call may have sent. */
static uint64_t segments_of_dead(const struct hae_spool_entries *entries)
{
    uint64_t others =
        sum(entries, HAETAE_SPOOLED_IN_USE_SEGMENTS) + sum(entries, HAETAE_SPOOLED_OTHER_SEGMENTS);
    uint64_t segments = sum(entries, HAETAE_SPOOLED_SEGMENTS);

    return segments > others ? segments - others : 0;
}

static void count(const haetae_sdk *sdk, const haetae_stats *stats,
                  const struct hae_spool_entries *before, const struct hae_spool_entries *after,
                  haetae_recovery *recovery)
{
    struct hae_spool_recovery_counts spools = hae_spool_recovery_counts(sdk->spool_recovery);
    uint64_t were = segments_of_dead(before);

    recovery->files_left = segments_of_dead(after);
    recovery->files_recovered = were > recovery->files_left ? were - recovery->files_left : 0;
    recovery->files_corrupt = spools.damaged;
    recovery->files_in_use = sum(after, HAETAE_SPOOLED_IN_USE_SEGMENTS);
    recovery->files_not_ours = sum(after, HAETAE_SPOOLED_OTHER_SEGMENTS);
    recovery->files_refused =
        spools.refused < recovery->files_left ? spools.refused : recovery->files_left;
    hae_recovery_count_items(stats, recovery);
}

static bool spools_done(const haetae_sdk *sdk)
{
    return hae_spool_recovery_done(sdk->spool_recovery);
}

/* Exports what was found, and counts what became of it. */
static haetae_status export_spools(haetae_config *config, const char *directory,
                                   const struct hae_spool_entries *before, uint64_t deadline_ms,
                                   haetae_recovery *ret_recovery)
{
    haetae_recovery recovery = HAETAE_OPTIONS(haetae_recovery);
    struct hae_spool_entries after = {NULL, 0, 0};
    haetae_stats *stats = NULL;
    haetae_sdk *sdk = NULL;
    haetae_status status = hae_sdk_start_recovery(config, directory, before, &sdk);

    if (status != HAETAE_OK) {
        return status;
    }
    if (!hae_recovery_step_until(sdk, spools_done, deadline_ms)) {
        status = HAETAE_ETIMEOUT;
    }
    (void)haetae_sdk_shutdown(sdk, 0);
    if (ret_recovery != NULL && haetae_stats_take(sdk, &stats) == HAETAE_OK) {
        hae_spool_recovery_let_go(sdk->spool_recovery); /* else what is left is in use */
        (void)read_spools(NULL, directory, &after);
        count(sdk, stats, before, &after, &recovery);
        hae_option_struct_write(ret_recovery, &recovery, sizeof recovery);
        hae_spool_entries_free(&after);
        haetae_stats_free(stats);
    }
    haetae_sdk_free(sdk);
    return status;
}

haetae_status haetae_recover_spool(haetae_config *config, const char *directory,
                                   uint32_t timeout_ms, haetae_recovery *ret_recovery)
{
    HAE_HOLD_CANCELLATION();
    uint64_t deadline_ms = hae_now_ms() + timeout_ms;
    struct hae_spool_entries before;
    haetae_status status;

    if (config == NULL || directory == NULL || config->exporter_count == 0 ||
        (ret_recovery != NULL &&
         !hae_option_struct_valid(ret_recovery->struct_size, haetae_recovery_size_v1))) {
        return HAETAE_EINVAL;
    }
    hae_config_error_start(config);
    status = read_spools(config, directory, &before);
    if (status == HAETAE_OK) {
        status = export_spools(config, directory, &before, deadline_ms, ret_recovery);
    }
    hae_spool_entries_free(&before);
    return status;
}

/* ---- Listing ------------------------------------------------------------------------------ */

struct haetae_spool_list {
    struct hae_spool_entries entries;
};

haetae_status haetae_spool_list_new(haetae_config *config, const char *directory,
                                    haetae_spool_list **ret_list)
{
    HAE_HOLD_CANCELLATION();
    haetae_spool_list *list;
    haetae_status status;

    if (directory == NULL || ret_list == NULL) {
        return HAETAE_EINVAL;
    }
    list = hae_calloc(1, sizeof *list);
    if (list == NULL) {
        return HAETAE_ENOMEM;
    }
    if (config != NULL) {
        hae_config_error_start(config);
    }
    status = read_spools(config, directory, &list->entries);
    if (status != HAETAE_OK) {
        haetae_spool_list_free(list);
        return status;
    }
    *ret_list = list;
    return HAETAE_OK;
}

void haetae_spool_list_free(haetae_spool_list *list)
{
    HAE_HOLD_CANCELLATION();
    if (list != NULL) {
        hae_spool_entries_free(&list->entries);
        hae_free(list);
    }
}

/* NULL: there is no such one. */
static const struct hae_spool_entry *entry_of(const haetae_spool_list *list, size_t index)
{
    return list != NULL && index < list->entries.count ? &list->entries.items[index] : NULL;
}

size_t haetae_spool_list_count(const haetae_spool_list *list)
{
    return list != NULL ? list->entries.count : 0;
}

const char *haetae_spool_list_exporter(const haetae_spool_list *list, size_t index)
{
    const struct hae_spool_entry *entry = entry_of(list, index);

    return entry != NULL ? entry->title : "";
}

haetae_signal haetae_spool_list_signal(const haetae_spool_list *list, size_t index)
{
    const struct hae_spool_entry *entry = entry_of(list, index);

    return entry != NULL ? entry->signal : HAETAE_SIGNAL_TRACES;
}

uint64_t haetae_spool_list_value(const haetae_spool_list *list, size_t index,
                                 haetae_spool_stat stat)
{
    const struct hae_spool_entry *entry = entry_of(list, index);

    return entry != NULL && (unsigned)stat < HAETAE_SPOOLED_COUNT ? entry->values[stat] : 0;
}

const char *haetae_spool_stat_name(haetae_spool_stat stat)
{
    static const char *const names[HAETAE_SPOOLED_COUNT] = {
#define HAETAE_SPOOLED_TEXT(name, code, text) [code] = (text),
        HAETAE_SPOOLED_MAP(HAETAE_SPOOLED_TEXT)
#undef HAETAE_SPOOLED_TEXT
    };

    return (unsigned)stat < HAETAE_SPOOLED_COUNT ? names[stat] : "?";
}
