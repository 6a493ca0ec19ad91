/* SPDX-License-Identifier: Apache-2.0 */
/* An answer of Jaeger's sampling service, and the argument of its sampler.
 * Input: an argument up to the first line feed, and then an answer. */
#include <stdlib.h>
#include <string.h>

#include "otlp_http/jaeger_options.h"
#include "otlp_http/strategy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_argument(const uint8_t *data, size_t length)
{
    struct hae_jaeger_options options;
    haetae_string service = {"a b", 3};
    const char *why = NULL;
    char *argument = malloc(length + 1);

    if (argument == NULL) {
        abort();
    }
    if (length != 0) {
        memcpy(argument, data, length);
    }
    argument[length] = '\0';
    if (hae_jaeger_options_read(argument, service, &options, &why) == HAETAE_OK) {
        if (strstr(options.url, "?service=a%20b") == NULL || options.interval_ms < 1 ||
            !(options.probability >= 0 && options.probability <= 1)) {
            abort();
        }
        free(options.url);
    } else if (why == NULL) {
        abort();
    }
    free(argument);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hae_strategies strategies;
    const uint8_t *line = size != 0 ? memchr(data, '\n', size) : NULL;
    size_t length = line != NULL ? (size_t)(line - data) : 0;
    size_t rest = size - length - (line != NULL);
    uint8_t trace_id[16] = {1};
    uint32_t before;

    if (strategies.seed == 0) {
        hae_strategies_begin(&strategies, 0.5);
    }
    read_argument(data, length);
    before = atomic_load_explicit(&strategies.current, memory_order_relaxed);
    if (hae_strategies_take(&strategies, data + size - rest, rest) != NULL &&
        atomic_load_explicit(&strategies.current, memory_order_relaxed) != before) {
        abort(); /* a bad answer changes nothing */
    }
    (void)hae_strategies_decide(&strategies, (const char *)data, size, trace_id);
    return 0;
}
