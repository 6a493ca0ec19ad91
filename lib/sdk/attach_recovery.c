/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/attach_recovery.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "sdk/config_error.h"
#include "sdk/config_read.h"

haetae_status hae_sdk_status_of_fault(const struct hae_file_fault *fault)
{
    switch (fault->error) {
    case ENOMEM:
        return HAETAE_ENOMEM;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EIO:
    case EMFILE:
    case ENFILE:
    case EAGAIN:
    case EINTR:
        return HAETAE_EIO;
    default:
        return HAETAE_EVALUE;
    }
}

haetae_status hae_sdk_report_file_fault(haetae_config *config, const char *key,
                                        const char *directory, const struct hae_file_fault *fault)
{
    char shown[HAE_CONFIG_SHOWN_BYTES];

    hae_config_show(HAE_KEY_HAETAE_RECORDER_DIR, directory, shown);
    hae_config_error_add(config, "%s%s: %s%s%s", key, shown, fault->what,
                         fault->error != 0 ? ": " : "",
                         fault->error != 0 ? strerror(fault->error) : "");
    return hae_sdk_status_of_fault(fault);
}

/* The directory to recover from. */
static haetae_status open_recovered(haetae_sdk *sdk, haetae_config *config, int *ret_directory)
{
    struct hae_file_fault fault = {NULL, 0};

    if (sdk->recovers_only != NULL) {
        *ret_directory = hae_region_directory_open(sdk->recovers_only, &fault);
        return *ret_directory < 0
                   ? hae_sdk_report_file_fault(config, "", sdk->recovers_only, &fault)
                   : HAETAE_OK;
    }
    /* Another open of it: a mark is the open file's. */
    *ret_directory = hae_descriptor_raise(
        openat(sdk->recorder->file->directory.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (*ret_directory < 0) {
        fault = (struct hae_file_fault){"cannot be opened for recovery", errno};
        return hae_sdk_report_file_fault(
            config, "HAETAE_RECORDER_DIR=", hae_config_text(config, HAE_KEY_HAETAE_RECORDER_DIR),
            &fault);
    }
    return HAETAE_OK;
}

/* Whoever may write into the directory can remove files of others, unless it is sticky. */
static void warn_of_writers(haetae_sdk *sdk, int directory)
{
    struct stat status;

    if (fstat(directory, &status) == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) != 0 &&
        (status.st_mode & S_ISVTX) == 0) {
        hae_diagnose(&sdk->diagnostics, HAETAE_DIAGNOSTIC_WARN, "recorder directory writers",
                     "recorder directory: its mode is %o: other users may remove files there, or "
                     "put others in their place",
                     (unsigned)(status.st_mode & 07777));
    }
}

haetae_status hae_sdk_attach_recovery(haetae_sdk *sdk, haetae_config *config)
{
    haetae_status status;
    uint64_t size_max;
    int directory;

    if (sdk->recovers_spools != NULL) {
        return hae_spool_recovery_new(sdk->recovers_only, sdk->recovers_spools, &sdk->diagnostics,
                                      &sdk->spool_recovery);
    }
    if (sdk->recovers_only == NULL && sdk->recorder->file != NULL) {
        warn_of_writers(sdk, sdk->recorder->file->directory.number);
    }
    if (sdk->recovers_only == NULL &&
        (sdk->recorder->file == NULL || config->exporter_count == 0)) {
        return HAETAE_OK;
    }
    status = open_recovered(sdk, config, &directory);
    if (status != HAETAE_OK) {
        return status;
    }
    if (sdk->recovers_only != NULL) {
        warn_of_writers(sdk, directory);
    }
    /* What is asked to recover removes nothing unread. */
    size_max = sdk->recovers_only != NULL
                   ? UINT64_MAX
                   : (uint64_t)hae_config_int(config, HAE_KEY_HAETAE_RECORDER_DIR_MAX_BYTES);
    status = hae_recovery_new(sdk->recovers_only != NULL ? sdk->recovers_only
                                                         : sdk->recorder->file->path,
                              directory, size_max, &sdk->diagnostics, &sdk->recovery);
    if (status != HAETAE_OK) {
        close(directory);
    } else if (sdk->redactor.rule_count == 0) {
        hae_recovery_leave_redacted(sdk->recovery);
    }
    return status;
}
