/* SPDX-License-Identifier: Apache-2.0 */
/* A library that uses haetae; built twice, as CALLER "one" and "two", against two versions. */
#include <haetae/haetae.h>

#define JOIN(a, b)      JOIN_(a, b)
#define JOIN_(a, b)     a##b
#define NAMED(function) JOIN(JOIN(caller_, CALLER), function)

const char *NAMED(_header)(void);
const char *NAMED(_library)(void);
int NAMED(_record)(void);

const char *NAMED(_header)(void)
{
    return HAETAE_VERSION;
}

const char *NAMED(_library)(void)
{
    return haetae_version();
}

/* Starts, records a span and shuts down; 0 when exactly that span was counted. */
int NAMED(_record)(void)
{
    haetae_config *config = NULL;
    haetae_sdk *sdk = NULL;
    haetae_stats *stats = NULL;
    int failed;

    if (haetae_config_new(&config) != HAETAE_OK || haetae_sdk_start(config, &sdk) != HAETAE_OK) {
        return 1;
    }
    haetae_config_free(config);
    haetae_span_end(haetae_span_start(haetae_tracer_named(sdk, "caller"), HAETAE_TEXT("span"),
                                      HAETAE_SPAN_KIND_INTERNAL));
    (void)haetae_sdk_shutdown(sdk, 1000);
    failed = haetae_stats_take(sdk, &stats) != HAETAE_OK ||
             haetae_stats_recorded(stats, HAETAE_SIGNAL_TRACES) != 1;
    haetae_stats_free(stats);
    haetae_sdk_free(sdk);
    return failed;
}
