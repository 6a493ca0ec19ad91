/* SPDX-License-Identifier: Apache-2.0 */
/* A test of a program's telemetry with the in-memory exporter.
 *
 *     cc tested.c $(pkg-config --cflags --libs haetae-memory) -o tested && ./tested
 *
 * charge() stands for the code under test. The test calls it, and looks at the spans, log records
 * and data points that it made. */
#include <haetae/haetae.h>
#include <haetae/memory.h>
#include <stdio.h>
#include <string.h>

enum { TIMEOUT_MS = 5000 };

/* ---- The code under test ---------------------------------------------------------- */

static int charge(haetae_sdk *sdk, haetae_counter *failures, const char *card, int cents)
{
    HAETAE_SPAN_SCOPE(span, haetae_tracer_named(sdk, "shop"), "charge", HAETAE_SPAN_KIND_CLIENT);
    haetae_span_set(span, "cents", cents);
    if (strcmp(card, "expired") == 0) {
        haetae_span_set_status(span, HAETAE_SPAN_STATUS_ERROR, HAETAE_TEXT("expired"));
        haetae_log(haetae_logger_named(sdk, "shop"), HAETAE_SEVERITY_WARN,
                   HAETAE_TEXT("card refused"), HAETAE_ATTRS(HAETAE_ATTR("reason", "expired")));
        haetae_counter_add(failures, 1, HAETAE_ATTRS(HAETAE_ATTR("reason", "expired")));
        return -1;
    }
    return 0;
}

/* ---- The test --------------------------------------------------------------------- */

static int failed_checks;

static void check(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "tested: %s\n", what);
        failed_checks++;
    }
}

static bool has_error(void *user, const haetae_memory_item *item)
{
    (void)user;
    return item->span->status == HAETAE_SPAN_STATUS_ERROR;
}

static void test_charge(haetae_sdk *sdk, haetae_memory *memory, haetae_counter *failures)
{
    haetae_attribute expired = HAETAE_ATTR("reason", "expired");
    haetae_memory_query all_spans =
        HAETAE_OPTIONS(haetae_memory_query, .signals = 1u << HAETAE_SIGNAL_TRACES);
    haetae_memory_query failed = all_spans;
    haetae_memory_query warning = HAETAE_OPTIONS(
        haetae_memory_query, .signals = 1u << HAETAE_SIGNAL_LOGS,
        .name = haetae_string_of("card refused"), .attributes = &expired, .attribute_count = 1);
    haetae_memory_query count =
        HAETAE_OPTIONS(haetae_memory_query, .name = haetae_string_of("shop.failures"));
    haetae_memory_items *spans = NULL;
    haetae_memory_items *warnings = NULL;
    haetae_memory_items *counts = NULL;

    charge(sdk, failures, "valid", 500);
    charge(sdk, failures, "expired", 700);

    /* A failed expectation prints what is there instead. */
    failed.name = haetae_string_of("charge");
    failed.matches = has_error;
    check(haetae_memory_expect(memory, sdk, &all_spans, 2, TIMEOUT_MS, NULL, NULL) == HAETAE_OK,
          "each charge has a span");
    check(haetae_memory_expect(memory, sdk, &failed, 1, TIMEOUT_MS, NULL, NULL) == HAETAE_OK,
          "one charge failed");
    check(haetae_memory_expect(memory, sdk, &warning, 1, TIMEOUT_MS, NULL, NULL) == HAETAE_OK,
          "one warning");

    check(haetae_memory_take(memory, &failed, &spans) == HAETAE_OK &&
              haetae_memory_take(memory, &warning, &warnings) == HAETAE_OK &&
              haetae_memory_take(memory, &count, &counts) == HAETAE_OK,
          "copies are taken");
    const haetae_memory_item *span = haetae_memory_items_at(spans, 0);
    const haetae_memory_item *log = haetae_memory_items_at(warnings, 0);
    const haetae_memory_item *point = haetae_memory_items_at(counts, 0);
    if (span != NULL && log != NULL && point != NULL) {
        check(haetae_memory_attribute(span->attributes, span->attribute_count, "cents")->as.int64 ==
                  700,
              "the span has the amount");
        check(memcmp(log->log->context.span_id, span->span->context.span_id, 8) == 0,
              "the warning belongs to the span");
        check(point->point->point->as_int64 == 1, "one failure is counted");
    } else {
        check(0, "a span, a warning and a count");
    }
    haetae_memory_items_free(spans);
    haetae_memory_items_free(warnings);
    haetae_memory_items_free(counts);
}

int main(void)
{
    haetae_config *config = NULL;
    haetae_memory *memory = NULL;
    haetae_exporter *exporter = NULL;
    haetae_sdk *sdk = NULL;
    haetae_counter *failures = NULL;
    haetae_instrument_options options =
        HAETAE_OPTIONS(haetae_instrument_options, .name = haetae_string_of("shop.failures"));

    if (haetae_config_new(&config) != HAETAE_OK || haetae_memory_new(0, &memory) != HAETAE_OK ||
        haetae_memory_exporter_new(memory, &exporter) != HAETAE_OK ||
        haetae_config_add_exporter(config, exporter) != HAETAE_OK ||
        haetae_sdk_start(config, &sdk) != HAETAE_OK ||
        haetae_counter_create(haetae_meter_named(sdk, "shop"), &options, &failures) != HAETAE_OK) {
        fprintf(stderr, "tested: the SDK did not start\n");
        return 1;
    }
    haetae_config_free(config);
    test_charge(sdk, memory, failures);
    haetae_sdk_shutdown(sdk, TIMEOUT_MS);
    haetae_sdk_free(sdk);
    haetae_memory_free(memory);
    printf("tested: %s\n", failed_checks == 0 ? "as expected" : "not as expected");
    return failed_checks == 0 ? 0 : 1;
}
