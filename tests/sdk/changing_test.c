/* SPDX-License-Identifier: Apache-2.0 */
/* A caller's memory that another thread changes during the calls, which it must not: what is
 * recorded is something else then, but never more than was measured, and always a message. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "otlp.pb-c.h"
#include "support/repeat.h"
#include "support/sdk_fixture.h"

enum { ITEMS = 6, TEXT_BYTES = 700, CALLS = 20000 };

/* Each block has its exact size, so that a sanitizer sees any look beyond. Whatever lengths and
 * texts the other thread sets, all that they lead to is readable. */
static struct {
    char *text;
    haetae_value *items;
    haetae_attribute *pairs;
    haetae_attribute *attributes;
    _Atomic bool stop;
} shared;

static void *block(size_t size)
{
    void *memory = calloc(1, size);

    assert_non_null(memory);
    return memory;
}

static void make_shared(void)
{
    static char keys[ITEMS][16];

    shared.text = block(TEXT_BYTES);
    shared.items = block(ITEMS * sizeof *shared.items);
    shared.pairs = block(ITEMS * sizeof *shared.pairs);
    shared.attributes = block(4 * sizeof *shared.attributes);
    memset(shared.text, 'x', TEXT_BYTES);
    for (int i = 0; i < ITEMS; i++) {
        snprintf(keys[i], sizeof keys[i], "key%d", i);
        shared.items[i] = haetae_value_text(shared.text, TEXT_BYTES);
        shared.pairs[i] =
            haetae_attribute_of(keys[i], haetae_value_text(shared.text, TEXT_BYTES / 2));
    }
    shared.attributes[0] = haetae_attribute_of("text", haetae_value_text(shared.text, TEXT_BYTES));
    shared.attributes[1] = haetae_attribute_of("array", haetae_value_array(shared.items, ITEMS));
    shared.attributes[2] = haetae_attribute_of("map", haetae_value_map(shared.pairs, ITEMS));
    shared.attributes[3] =
        haetae_attribute_of("bytes", haetae_value_bytes((uint8_t *)shared.text, TEXT_BYTES));
    atomic_store(&shared.stop, false);
}

static void free_shared(void)
{
    free(shared.text);
    free(shared.items);
    free(shared.pairs);
    free(shared.attributes);
}

/* Volatile: the compiler must not keep the changes to itself. */
static void set_length(size_t *length, size_t value)
{
    *(volatile size_t *)length = value;
}

static void set_byte(size_t at, unsigned byte)
{
    *(volatile char *)&shared.text[at] = (char)byte;
}

static void *change(void *argument)
{
    /* Bytes that make text valid or not, longer or shorter once it is repaired. */
    static const unsigned bytes[] = {'x', 0x80, 0xFF, 0xE2, 0x82, 0xAC, 0xC3, 0xA9, 0xF0, 0};
    uint64_t random = 1;

    (void)argument;
    while (!atomic_load_explicit(&shared.stop, memory_order_relaxed)) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        size_t bits = (size_t)(random >> 20);

        set_byte(bits % TEXT_BYTES, bytes[(bits >> 12) % (sizeof bytes / sizeof bytes[0])]);
        set_length(&shared.items[bits % ITEMS].as.string.length, (bits >> 8) % (TEXT_BYTES + 1));
        set_length(&shared.pairs[bits % ITEMS].value.as.string.length,
                   (bits >> 18) % (TEXT_BYTES + 1));
        set_length(&shared.pairs[bits % ITEMS].key.length, 1 + (bits >> 5) % 4);
        set_length(&shared.attributes[0].value.as.string.length, (bits >> 3) % (TEXT_BYTES + 1));
        set_length(&shared.attributes[1].value.as.array.count, (bits >> 9) % (ITEMS + 1));
        set_length(&shared.attributes[2].value.as.map.count, (bits >> 11) % (ITEMS + 1));
        set_length(&shared.attributes[3].value.as.bytes.length, (bits >> 7) % (TEXT_BYTES + 1));
    }
    return NULL;
}

/* Takes a request if it is one. */
static void check(struct fake_exporter *fake, haetae_delivery *delivery)
{
    static const ProtobufCMessageDescriptor *const requests[] = {
        [HAETAE_SIGNAL_TRACES] = &hae_otlp__export_trace_service_request__descriptor,
        [HAETAE_SIGNAL_METRICS] = &hae_otlp__export_metrics_service_request__descriptor,
        [HAETAE_SIGNAL_LOGS] = &hae_otlp__export_logs_service_request__descriptor};
    ProtobufCMessage *request =
        protobuf_c_message_unpack(requests[haetae_delivery_signal(delivery)], NULL,
                                  haetae_delivery_size(delivery), haetae_delivery_data(delivery));

    assert_non_null(request);
    protobuf_c_message_free_unpacked(request, NULL);
    fake_accept(fake, delivery);
}

static void record(haetae_sdk *sdk, haetae_tracer *tracer, haetae_logger *logger,
                   haetae_counter *counter)
{
    haetae_span_options start = HAETAE_OPTIONS(haetae_span_options);
    haetae_log_record log = HAETAE_OPTIONS(haetae_log_record);
    haetae_exception exception = HAETAE_OPTIONS(haetae_exception);
    haetae_span span;

    (void)sdk;
    start.attributes = exception.attributes = log.attributes = shared.attributes;
    start.attribute_count = exception.attribute_count = log.attribute_count = 4;
    span = haetae_span_start_with(tracer, HAETAE_TEXT("changing"), &start);
    haetae_span_set_attributes(span, shared.attributes, 4);
    haetae_span_add_event(span, HAETAE_TEXT("event"), 0, shared.attributes, 4);
    exception.message = (haetae_string){shared.text, TEXT_BYTES};
    haetae_span_record_exception(span, &exception);
    haetae_span_set_status(span, HAETAE_SPAN_STATUS_ERROR, shared.text, TEXT_BYTES);
    haetae_span_update_name(span, shared.text, 100);
    haetae_span_end(span);
    log.body = shared.attributes[2].value;
    log.event_name = (haetae_string){shared.text, 50};
    haetae_log_emit(logger, &log);
    haetae_counter_add(counter, 1, shared.attributes, 4);
}

static void memory_that_changes_during_a_call_breaks_nothing(void **state)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_counter *counter = NULL;
    struct fake_exporter fake;
    struct sdk_numbers numbers;
    pthread_t thread;
    haetae_sdk *sdk;

    (void)state;
#if defined(__SANITIZE_THREAD__)
    skip(); /* the race is on purpose */
#endif
    make_shared();
    fake_init(&fake, "fake", check);
    sdk = sdk_start(SDK_SETTINGS({"HAETAE_WORKER", "manual"}), SDK_FAKES(&fake));
    options.name = haetae_string_of("counter");
    assert_int_equal(haetae_counter_create(haetae_meter_named(sdk, "m"), &options, &counter),
                     HAETAE_OK);
    assert_int_equal(pthread_create(&thread, NULL, change, NULL), 0);
    for (unsigned i = 0; i < test_repeat(CALLS); i++) {
        record(sdk, haetae_tracer_named(sdk, "t"), haetae_logger_named(sdk, "t"), counter);
        if (i % 50 == 0) {
            assert_int_equal(haetae_sdk_step(sdk, 0), HAETAE_OK);
        }
    }
    atomic_store(&shared.stop, true);
    pthread_join(thread, NULL);
    assert_int_equal(haetae_sdk_force_flush(sdk, 60000), HAETAE_OK);
    numbers = sdk_numbers(sdk, HAETAE_SIGNAL_TRACES);
    assert_int_equal(numbers.recorded, test_repeat(CALLS));
    assert_int_equal(numbers.delivered + numbers.dropped_total, numbers.recorded);
    assert_true(numbers.delivered > 0);
    haetae_sdk_free(sdk);
    fake_done(&fake);
    free_shared();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_that_changes_during_a_call_breaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
