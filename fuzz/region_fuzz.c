/* SPDX-License-Identifier: Apache-2.0 */
/* The file that a dead process left. The fuzzer makes a valid file from real spans, log records
 * and metrics, and changes it. Input: the changes. Each is an area, an offset in the area in two
 * bytes, a length, and that many bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "haetae/haetae.h"
#include "metrics/message.h"
#include "recovery/check.h"
#include "recovery/dead_look.h"
#include "recovery/dead_metrics.h"
#include "recovery/dead_read.h"
#include "sdk/sdk_internal.h"
#include "support/temporary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *whole; /* the valid file */
static uint8_t *changed;
static size_t file_size;

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* ---- A valid file ----------------------------------------------------------------- */

static void keep(void *self, haetae_delivery *delivery)
{
    (void)self;
    (void)delivery;
}

static haetae_sdk *start(const char *directory)
{
    const haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "keep", .send = keep);
    haetae_exporter *exporter = NULL;
    haetae_config *config = NULL;
    haetae_sdk *sdk = NULL;

    check(haetae_config_new(&config) == HAETAE_OK &&
          haetae_config_set(config, "HAETAE_RECORDER_DIR", directory) == HAETAE_OK &&
          haetae_config_set(config, "HAETAE_RECORDER_BYTES", "256k") == HAETAE_OK &&
          haetae_config_set(config, "HAETAE_QUEUE_BYTES", "256k") == HAETAE_OK &&
          haetae_config_set(config, "HAETAE_LANE_COUNT", "2") == HAETAE_OK &&
          haetae_config_set(config, "HAETAE_WORKER", "manual") == HAETAE_OK &&
          haetae_config_set_diagnostics(config, NULL, NULL) == HAETAE_OK &&
          haetae_exporter_new(&ops, NULL, &exporter) == HAETAE_OK &&
          haetae_config_add_exporter(config, exporter) == HAETAE_OK &&
          haetae_sdk_start(config, &sdk) == HAETAE_OK);
    haetae_config_free(config);
    return sdk;
}

static void record(haetae_sdk *sdk)
{
    haetae_tracer *tracer = haetae_tracer_named(sdk, "fuzz");
    haetae_logger *logger = haetae_logger_named(sdk, "fuzz");
    char text[700];

    memset(text, 'x', sizeof text);
    for (int i = 0; i < 3; i++) {
        haetae_span span = haetae_span_start(tracer, "span", 4, HAETAE_SPAN_KIND_SERVER);

        haetae_span_set_string(span, "text", 4, text, i == 0 ? 20 : sizeof text);
        if (i != 2)
            haetae_span_end(span);
        haetae_log(logger, HAETAE_SEVERITY_INFO, text, 30, NULL, 0);
    }
}

static void measure(haetae_sdk *sdk)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_meter *meter = haetae_meter_named(sdk, "fuzz");
    haetae_attribute attribute = haetae_attribute_of("key", haetae_value_string("value"));
    haetae_counter *counter = NULL;
    haetae_histogram *histogram = NULL;

    options.name = haetae_string_of("counter");
    check(haetae_counter_create(meter, &options, &counter) == HAETAE_OK);
    options.name = haetae_string_of("histogram");
    check(haetae_histogram_create(meter, &options, &histogram) == HAETAE_OK);
    haetae_counter_add(counter, 1, &attribute, 1);
    haetae_counter_add(counter, 1, NULL, 0);
    haetae_histogram_record(histogram, 5, &attribute, 1);
}

/* Records into slots, like a signal handler. */
static void record_nested(haetae_sdk *sdk)
{
    atomic_store_explicit(&hae_thread.busy, 1, memory_order_relaxed);
    record(sdk);
    atomic_store_explicit(&hae_thread.busy, 0, memory_order_relaxed);
}

static void make_file(void)
{
    char directory[TEMPORARY_PATH_MAX];
    haetae_sdk *sdk;

    check(temporary_directory(directory));
    sdk = start(directory);
    record(sdk);
    measure(sdk);
    check(haetae_sdk_step(sdk, 0) == HAETAE_OK); /* into the journals */
    record(sdk);
    record_nested(sdk);
    file_size = (size_t)sdk->recorder->file->size_bytes;
    whole = aligned_alloc(4096, file_size);
    changed = aligned_alloc(4096, file_size);
    check(whole != NULL && changed != NULL);
    memcpy(whole, sdk->recorder->region, file_size);
    hae_region_file_remove(sdk->recorder->file);
    haetae_sdk_free(sdk);
    check(rmdir(directory) == 0);
}

/* ---- Changes -------------------------------------------------------------------------------- */

/* Where an area of the file begins. */
static size_t area_at(uint8_t area)
{
    const struct hae_region *region = (const struct hae_region *)(void *)whole;
    const struct hae_stored *stored =
        (const struct hae_stored *)(void *)(whole + region->stored_offset);

    switch (area % 8) {
    case 1:
        return (size_t)region->stored_offset;
    case 2:
        return (size_t)region->lanes_offset;
    case 3:
        return (size_t)region->slots_offset;
    case 4:
        return (size_t)region->heap_offset;
    case 5:
        return (size_t)stored->journals[HAETAE_SIGNAL_TRACES].offset;
    case 6:
        return (size_t)stored->journals[HAETAE_SIGNAL_LOGS].offset;
    case 7:
        return (size_t)(region->lanes_offset + region->lane_stride_bytes);
    default:
        return 0;
    }
}

static void apply(const uint8_t *data, size_t size)
{
    memcpy(changed, whole, file_size);
    while (size >= 4) {
        size_t at = area_at(data[0]) + ((size_t)data[1] | (size_t)data[2] << 8);
        size_t length = data[3] < size - 4 ? data[3] : size - 4;

        if (at < file_size && length <= file_size - at)
            memcpy(changed + at, data + 4, length);
        data += 4 + length;
        size -= 4 + length;
    }
}

/* ---- Reading ----------------------------------------------------------------------- */

static bool take_metric(void *user, uint16_t scope, const uint8_t *metric, size_t size_bytes,
                        uint32_t point_count)
{
    static unsigned call_count;
    uint64_t *bytes = user;

    (void)scope;
    check(point_count != 0 && size_bytes != 0);
    *bytes += metric[0] + metric[size_bytes - 1];
    return ++call_count % 3 != 0; /* a refused record is offered again */
}

/* Reads in many steps. */
static bool peek(struct hae_dead *dead, struct hae_record *record)
{
    enum hae_dead_next next;

    while ((next = hae_dead_peek(dead, record)) == HAE_DEAD_PAUSES)
        hae_dead_allow(dead, 1000);
    return next == HAE_DEAD_RECORD;
}

static void read_records(struct hae_dead *dead, haetae_signal signal)
{
    struct hae_record record;
    uint64_t count = 0;

    hae_dead_begin(dead, signal);
    for (; peek(dead, &record); hae_dead_skip(dead)) {
        check(hae_check(signal == HAETAE_SIGNAL_TRACES ? HAE_CHECK_SPAN : HAE_CHECK_LOG_RECORD,
                        record.data, record.size_bytes));
        count++;
    }
    /* No record is smaller than its header. */
    check(count <= file_size / 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hae_collector *collector;
    struct hae_dead dead;
    uint64_t bytes = 0;

    if (whole == NULL) {
        make_file();
        collector = hae_collector_new();
        check(collector != NULL);
    }
    apply(data, size);
    if (hae_dead_open(&dead, changed, file_size, file_size) != HAE_DEAD_READABLE)
        return 0;
    while (!hae_dead_look(&dead))
        hae_dead_allow(&dead, 1000);
    check(size >= 4 || dead.fault_count == 0);
    read_records(&dead, HAETAE_SIGNAL_TRACES);
    read_records(&dead, HAETAE_SIGNAL_LOGS);
    hae_dead_begin_metrics(&dead);
    while (hae_dead_collect(&dead, collector, 4096, take_metric, &bytes) != HAE_DEAD_TAKEN)
        hae_dead_allow(&dead, 1000);
    check(size >= 4 || (dead.fault_count == 0 && bytes != 0));
    hae_dead_close(&dead);
    return 0;
}
