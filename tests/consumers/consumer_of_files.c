/* SPDX-License-Identifier: Apache-2.0 */
/* A program that has OTEL_CONFIG_FILE say what becomes of its span. */
#include <haetae/config_file.h>
#include <haetae/console.h>
#include <haetae/haetae.h>

int main(void)
{
    haetae_sdk *sdk = NULL;

    if (haetae_config_file_register() != HAETAE_OK || haetae_console_register() != HAETAE_OK ||
        haetae_start(NULL, &sdk) != HAETAE_OK) {
        return 1;
    }
    haetae_span_end(haetae_span_start(haetae_tracer_named(sdk, "consumer"),
                                      HAETAE_TEXT("read_files"), HAETAE_SPAN_KIND_INTERNAL));
    if (haetae_sdk_shutdown(sdk, 10000) != HAETAE_OK) {
        return 1;
    }
    haetae_sdk_free(sdk);
    return 0;
}
