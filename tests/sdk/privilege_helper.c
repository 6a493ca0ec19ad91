/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what it finds of the environment: privilege_test.c runs it with more rights than its
 * caller has. */
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

#include "haetae/config.h"

/* LeakSanitizer cannot look into a program with more rights than its caller. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

int main(int count, char **arguments)
{
    haetae_config *config = NULL;
    bool trust = count > 1 && strcmp(arguments[1], "trust") == 0;

    if (haetae_config_new(&config) != HAETAE_OK ||
        (trust && haetae_config_trust_env(config) != HAETAE_OK) ||
        haetae_config_load_env(config) != HAETAE_OK) {
        return 1;
    }
    printf("%s %s|%s|%s\n", getauxval(AT_SECURE) != 0 ? "secure" : "usual",
           haetae_config_get(config, "HAETAE_RECORDER_DIR"),
           haetae_config_get(config, "OTEL_SERVICE_NAME"), haetae_config_warnings(config));
    haetae_config_free(config);
    return 0;
}
