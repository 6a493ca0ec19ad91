/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/hot_calls.h"

#include <stdlib.h>

static void require(bool right)
{
    if (!right) {
        abort();
    }
}

static void make_instruments(struct hot_calls *calls)
{
    haetae_meter *meter = haetae_meter_named(calls->sdk, "hot");
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);

    require(meter != NULL);
    options.name = haetae_string_of("hot.counter");
    require(haetae_counter_create(meter, &options, &calls->counter) == HAETAE_OK);
    options.name = haetae_string_of("hot.up_down");
    require(haetae_up_down_counter_create(meter, &options, &calls->up_down) == HAETAE_OK);
    options.name = haetae_string_of("hot.gauge");
    require(haetae_gauge_create(meter, &options, &calls->gauge) == HAETAE_OK);
    options.name = haetae_string_of("hot.histogram");
    options.number_type = HAETAE_NUMBER_DOUBLE;
    require(haetae_histogram_create(meter, &options, &calls->histogram) == HAETAE_OK);
    require(haetae_counter_bind(calls->counter, HAETAE_ATTRS(HAETAE_ATTR("bound", true)),
                                &calls->bound_counter) == HAETAE_OK);
    require(haetae_histogram_bind(calls->histogram, HAETAE_ATTRS(HAETAE_ATTR("bound", true)),
                                  &calls->bound_histogram) == HAETAE_OK);
}

void hot_calls_begin(struct hot_calls *calls, const char *clock, const char *sampler)
{
    haetae_config *config = NULL;

    memset(calls, 0, sizeof *calls);
    memset(&calls->remote, 0x5A, 24);
    require(haetae_config_new(&config) == HAETAE_OK);
    require(haetae_config_set(config, "HAETAE_WORKER", "manual") == HAETAE_OK);
    require(haetae_config_set(config, "HAETAE_CLOCK", clock) == HAETAE_OK);
    require(haetae_config_set(config, "OTEL_TRACES_SAMPLER", sampler) == HAETAE_OK);
    require(haetae_sdk_start(config, &calls->sdk) == HAETAE_OK);
    haetae_config_free(config);
    calls->tracer = haetae_tracer_named(calls->sdk, "hot");
    calls->logger = haetae_logger_named(calls->sdk, "hot");
    require(calls->tracer != NULL && calls->logger != NULL);
    make_instruments(calls);
}

void hot_calls_drain(struct hot_calls *calls)
{
    require(haetae_sdk_step(calls->sdk, 0) == HAETAE_OK);
}

static void set_header(void *carrier, const char *key, const char *value)
{
    (void)key;
    (void)value;
    ++*(unsigned *)carrier;
}

static const char *get_header(void *unused, const char *key)
{
    (void)unused;
    return key[5] == 'p' ? "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" : "k=v";
}

static void make_span(struct hot_calls *calls)
{
    static const char long_text[700];
    haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);
    haetae_exception exception = HAETAE_OPTIONS(haetae_exception);
    haetae_link link = {.context = calls->remote};
    haetae_context_token token;
    haetae_span_context parent;
    unsigned headers = 0;
    haetae_span server;
    haetae_span client;

    require(haetae_context_extract(get_header, NULL, &parent, &options.trace_state) == HAETAE_OK);
    options.kind = HAETAE_SPAN_KIND_SERVER;
    options.parent = &parent;
    options.links = &link;
    options.link_count = 1;
    server = haetae_span_start_with(calls->tracer, HAETAE_TEXT("GET /rides"), &options);
    haetae_context_attach(server, &token);
    haetae_span_set_attributes(server, HAETAE_ATTRS(HAETAE_ATTR("http.request.method", "GET"),
                                                    HAETAE_ATTR("http.response.status_code", 200),
                                                    HAETAE_ATTR("ratio", 0.5),
                                                    HAETAE_ATTR("retry", false)));
    haetae_span_set_string(server, HAETAE_TEXT("http.request.method"), HAETAE_TEXT("POST"));
    haetae_span_set_string(server, HAETAE_TEXT("long"), long_text, sizeof long_text);
    haetae_span_set_string(server, HAETAE_TEXT("repaired"), HAETAE_TEXT("caf\xE9"));
    haetae_span_set_string(server, HAETAE_TEXT("long"), HAETAE_TEXT("short"));
    client = haetae_span_start(calls->tracer, HAETAE_TEXT("ask maps"), HAETAE_SPAN_KIND_CLIENT);
    haetae_context_inject(client, set_header, &headers);
    exception.type = haetae_string_of("ETIMEDOUT");
    haetae_span_record_exception(client, &exception);
    haetae_span_set_status(client, HAETAE_SPAN_STATUS_ERROR, HAETAE_TEXT("no answer"));
    haetae_span_end(client);
    haetae_span_end(client); /* misuse is as cheap */
    haetae_span_add_event(server, HAETAE_TEXT("retry"), 0, HAETAE_ATTRS(HAETAE_ATTR("n", 1)));
    haetae_span_add_link(server, &link);
    haetae_span_update_name(server, HAETAE_TEXT("POST /rides"));
    haetae_log(calls->logger, HAETAE_SEVERITY_INFO, HAETAE_TEXT("matched"),
               HAETAE_ATTRS(HAETAE_ATTR("driver", 7), HAETAE_ATTR("city", "Pangyo")));
    haetae_context_detach(&token);
    haetae_span_end(server);
}

static void make_log(struct hot_calls *calls)
{
    static const char long_text[2000];
    haetae_log_record record = HAETAE_OPTIONS(haetae_log_record);

    record.severity = HAETAE_SEVERITY_ERROR;
    record.severity_text = haetae_string_of("ERROR");
    record.event_name = haetae_string_of("rack.overheated");
    record.body = haetae_value_text(long_text, sizeof long_text);
    haetae_log_emit(calls->logger, &record);
}

static void make_measurements(struct hot_calls *calls)
{
    haetae_attribute attributes[] = {
        HAETAE_ATTR("city", "Pangyo"), HAETAE_ATTR("outcome", "matched"),
        HAETAE_ATTR("shard", (int64_t)(calls->number % 50))}; /* new sets, at first */

    haetae_counter_add(calls->counter, 1, attributes, 3);
    haetae_up_down_counter_add(calls->up_down, -1, attributes, 3);
    haetae_gauge_record(calls->gauge, 5, attributes, 3);
    haetae_histogram_record_double(calls->histogram, 12.5, attributes, 3);
    haetae_bound_counter_add(calls->bound_counter, 1);
    haetae_bound_histogram_record_double(calls->bound_histogram, 99.0);
}

void hot_calls_make(struct hot_calls *calls)
{
    make_span(calls);
    make_log(calls);
    make_measurements(calls);
    calls->number++;
}
