/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <pthread.h>

#include "process.h"

static haetae_sdk *sdk;
static haetae_tracer *tracer;
static haetae_logger *logger;
static haetae_counter *counter;
static _Atomic uint64_t record_count;
static uint64_t taken_before;

static void begin(void)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);

    taken_before = process_taken(HAETAE_SIGNAL_LOGS);
    atomic_store(&record_count, 0);
    sdk = process_start();
    tracer = haetae_tracer_named(sdk, "module");
    logger = haetae_logger_named(sdk, "module");
    options.name = haetae_string_of("records");
    MUST(haetae_counter_create(haetae_meter_named(sdk, "module"), &options, &counter) == HAETAE_OK);
}

static void record(void)
{
    process_span(tracer);
    process_log(logger);
    haetae_counter_add(counter, 1, HAETAE_ATTRS(HAETAE_ATTR("part", "module")));
    atomic_fetch_add(&record_count, 1);
}

static void end(void)
{
    uint64_t count = atomic_load(&record_count);

    MUST(haetae_sdk_shutdown(sdk, PROCESS_LONG_MS) == HAETAE_OK);
    process_all_settled(sdk, HAETAE_SIGNAL_TRACES, count);
    process_all_settled(sdk, HAETAE_SIGNAL_LOGS, count);
    MUST(process_taken(HAETAE_SIGNAL_LOGS) - taken_before + process_lost(sdk, HAETAE_SIGNAL_LOGS) ==
         count);
    haetae_sdk_free(sdk);
}

static uint64_t count(void)
{
    return atomic_load(&record_count);
}

__attribute__((visibility("default"))) extern const struct module module;
const struct module module = {begin, record, end, count};
