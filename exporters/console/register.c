/* SPDX-License-Identifier: Apache-2.0 */
/* The console exporter as a factory. */
#include "haetae/console.h"
#include "haetae/exporter.h"

static haetae_status create(void *user, haetae_config *config, uint32_t signals,
                            haetae_exporter **ret_exporter)
{
    (void)user;
    (void)config;
    (void)signals; /* the SDK sends it no others */
    return haetae_console_new(NULL, ret_exporter);
}

static const haetae_exporter_factory factory =
    HAETAE_OPTIONS(haetae_exporter_factory, .name = "console", .create = create);

haetae_status haetae_console_register(void)
{
    return haetae_exporter_register(&factory);
}

/* Runs when the shared library is loaded, or when a program starts that this object is linked
 * into. */
__attribute__((constructor)) static void register_at_load(void)
{
    (void)haetae_console_register();
}
