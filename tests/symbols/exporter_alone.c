/* SPDX-License-Identifier: Apache-2.0 */
/* A program that does not link haetae, like the host of a plug-in or a language's runtime. It
 * loads the exporter with local scope, and finds the core through it.
 * Usage: exporter_alone <library of the exporter> */
#define _GNU_SOURCE /* for RTLD_DEFAULT */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "haetae/config.h"
#include "haetae/otlp_http.h"
#include "haetae/sdk.h"

static void *find(void *library, const char *name)
{
    void *symbol = dlsym(library, name);

    if (symbol == NULL) {
        fprintf(stderr, "exporter_alone: %s\n", dlerror());
        exit(1);
    }
    return symbol;
}

static void expect_ok(haetae_status status, const char *what)
{
    if (status != HAETAE_OK) {
        fprintf(stderr, "exporter_alone: %s: status %d\n", what, (int)status);
        exit(1);
    }
}

/* ISO C does not define a cast from an object pointer to a function pointer; POSIX does. */
#define FIND(library, name) __typeof__(&name) find_##name = (__typeof__(&name))find(library, #name)

int main(int argc, char **argv)
{
    void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    haetae_config *config = NULL;
    haetae_exporter *exporter = NULL;
    haetae_sdk *sdk = NULL;

    if (library == NULL) {
        fprintf(stderr, "exporter_alone: %s\n",
                argc == 2 ? dlerror() : "usage: exporter_alone <library of the exporter>");
        return 1;
    }
    if (dlsym(RTLD_DEFAULT, "haetae_version") != NULL) {
        fprintf(stderr, "exporter_alone: haetae is linked, so the test proves nothing\n");
        return 1;
    }
    __extension__ FIND(library, haetae_config_new);
    __extension__ FIND(library, haetae_config_set);
    __extension__ FIND(library, haetae_config_add_exporter);
    __extension__ FIND(library, haetae_config_free);
    __extension__ FIND(library, haetae_otlp_http_new);
    __extension__ FIND(library, haetae_sdk_start);
    __extension__ FIND(library, haetae_sdk_shutdown);
    __extension__ FIND(library, haetae_sdk_free);

    expect_ok(find_haetae_config_new(&config), "config_new");
    /* Nothing is recorded, so nothing is sent to port 1. */
    expect_ok(find_haetae_config_set(config, "OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
              "config_set");
    expect_ok(find_haetae_otlp_http_new(config, &exporter), "otlp_http_new");
    expect_ok(find_haetae_config_add_exporter(config, exporter), "config_add_exporter");
    expect_ok(find_haetae_sdk_start(config, &sdk), "sdk_start");
    find_haetae_config_free(config);
    expect_ok(find_haetae_sdk_shutdown(sdk, 5000), "sdk_shutdown");
    find_haetae_sdk_free(sdk);
    puts("exporter_alone: started and shut down");
    return 0;
}
