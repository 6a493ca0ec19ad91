/* SPDX-License-Identifier: Apache-2.0 */
#include "list.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

/* A name comes from a directory's: nothing in it may move the terminal's cursor. */
static void print_name(const char *name)
{
    for (; *name != '\0'; name++) {
        unsigned char byte = (unsigned char)*name;

        putchar(byte > ' ' && byte < 0x7f ? byte : '?');
    }
}

static void print_time(uint64_t unix_ms)
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm parts;
    char text[32];

    if (unix_ms != 0 && gmtime_r(&seconds, &parts) != NULL &&
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) != 0) {
        printf(" oldest=%s age_s=%lld", text, (long long)(time(NULL) - seconds));
    }
}

static void print_spool(const haetae_spool_list *list, size_t index)
{
    print_name(haetae_spool_list_exporter(list, index));
    printf(" %s", haetae_signal_name(haetae_spool_list_signal(list, index)));
    for (int stat = 0; stat < HAETAE_SPOOLED_COUNT; stat++) {
        uint64_t value = haetae_spool_list_value(list, index, (haetae_spool_stat)stat);

        if (stat == HAETAE_SPOOLED_OLDEST_MS) {
            print_time(value);
        } else if (stat != HAETAE_SPOOLED_NEWEST_MS &&
                   (value != 0 || stat < HAETAE_SPOOLED_IN_USE_SEGMENTS)) {
            printf(" %s=%" PRIu64, haetae_spool_stat_name((haetae_spool_stat)stat), value);
        }
    }
    putchar('\n');
}

int hae_rec_list(haetae_config *config, const char *directory)
{
    haetae_spool_list *list = NULL;
    haetae_status status = haetae_spool_list_new(config, directory, &list);
    uint64_t unreadable = 0;

    if (status != HAETAE_OK) {
        const char *why = haetae_config_error(config);

        fprintf(stderr, "haetae-recover: %s\n", why[0] != '\0' ? why : haetae_status_text(status));
        return 1;
    }
    for (size_t i = 0; i < haetae_spool_list_count(list); i++) {
        print_spool(list, i);
        unreadable += haetae_spool_list_value(list, i, HAETAE_SPOOLED_UNREADABLE_SEGMENTS);
    }
    haetae_spool_list_free(list);
    return unreadable != 0 || ferror(stdout) != 0 || fflush(stdout) != 0;
}
