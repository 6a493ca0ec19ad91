/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

#include <stdio.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include "setup.h"

/* Values rotate, so that no row measures one and the same call over and over. */
enum { VARIANTS = 16 };

static haetae_tracer *tracer;
static haetae_tracer *tracer_off;
static haetae_logger *logger;
static haetae_logger *logger_off;
static haetae_counter *counter;
static haetae_histogram *histogram;
static haetae_histogram *exponential; /* by a view of start_sdk() */
static haetae_bound_counter *bound_counter;
static haetae_bound_histogram *bound_histogram;
static haetae_bound_histogram *bound_exponential;
static haetae_span span_off;
static char texts[2][VARIANTS][24];
static haetae_value routes[VARIANTS];
static haetae_value zones[VARIANTS];

void rows_prepare(haetae_sdk *sdk, haetae_sdk *quiet)
{
    haetae_instrument_options options = HAETAE_OPTIONS(haetae_instrument_options);
    haetae_meter *meter = haetae_meter_named(sdk, "bench");

    for (int i = 0; i < VARIANTS; i++) {
        snprintf(texts[0][i], sizeof texts[0][i], "/rides/{id}/%d", i);
        snprintf(texts[1][i], sizeof texts[1][i], "zone-%d", i * 37);
        routes[i] = haetae_value_string(texts[0][i]);
        zones[i] = haetae_value_string(texts[1][i]);
    }
    tracer = haetae_tracer_named(sdk, "bench");
    logger = haetae_logger_named(sdk, "bench");
    tracer_off = haetae_tracer_named(quiet, "bench");
    logger_off = haetae_logger_named(quiet, "bench");
    span_off = haetae_span_start(tracer_off, HAETAE_TEXT("off"), HAETAE_SPAN_KIND_INTERNAL);
    options.name = haetae_string_of("bench.requests");
    must(haetae_counter_create(meter, &options, &counter), "counter");
    options.name = haetae_string_of("bench.duration");
    options.unit = haetae_string_of("s");
    options.number_type = HAETAE_NUMBER_DOUBLE;
    must(haetae_histogram_create(meter, &options, &histogram), "histogram");
    options.name = haetae_string_of("bench.exponential");
    must(haetae_histogram_create(meter, &options, &exponential), "exponential histogram");
    must(haetae_counter_bind(counter, HAETAE_ATTRS(HAETAE_ATTR("zone", "north")), &bound_counter),
         "counter bound");
    must(haetae_histogram_bind(histogram, HAETAE_ATTRS(HAETAE_ATTR("zone", "north")),
                               &bound_histogram),
         "histogram bound");
    must(haetae_histogram_bind(exponential, HAETAE_ATTRS(HAETAE_ATTR("zone", "north")),
                               &bound_exponential),
         "exponential histogram bound");
}

void clock_loop(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
#if defined(__x86_64__)
        if (*(bool *)user) {
            keep(__rdtsc());
            keep(__rdtsc());
            continue;
        }
#endif
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        keep((uint64_t)time.tv_nsec);
        clock_gettime(CLOCK_MONOTONIC, &time);
        keep((uint64_t)time.tv_nsec);
    }
}

static void span_plain(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_span_end(
            haetae_span_start(tracer, HAETAE_TEXT("GET /rides/{id}"), HAETAE_SPAN_KIND_SERVER));
    }
}

#define FIVE_ATTRIBUTES(i)                                                                         \
    HAETAE_ATTR("http.request.method", "GET"), HAETAE_ATTR("http.route", routes[(i) % VARIANTS]),  \
        HAETAE_ATTR("http.response.status_code", 200 + (i) % 5),                                   \
        HAETAE_ATTR("server.address", "dispatch.local"), HAETAE_ATTR("ride.shared", (bool)((i)&1))

#define FIVE_KEYS                                                                                  \
    "http.request.method", "http.route", "http.response.status_code", "server.address",            \
        "ride.shared"
#define FIVE_VALUES(i) "GET", routes[(i) % VARIANTS], 200 + (i) % 5, "dispatch.local", (bool)((i)&1)

static void span_five(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_span span =
            haetae_span_start(tracer, HAETAE_TEXT("GET /rides/{id}"), HAETAE_SPAN_KIND_SERVER);

        haetae_span_set_attributes(span, HAETAE_ATTRS(FIVE_ATTRIBUTES(i)));
        haetae_span_end(span);
    }
}

/* What a server does whose route is known late, and an attribute that is set again. */
static void span_renamed(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_span span = haetae_span_start(tracer, HAETAE_TEXT("GET"), HAETAE_SPAN_KIND_SERVER);

        haetae_span_set_attributes(span, HAETAE_ATTRS(FIVE_ATTRIBUTES(i)));
        haetae_span_update_name(span, HAETAE_TEXT("GET /rides/{id}"));
        haetae_span_end(span);
    }
}

static void span_replaced(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_span span =
            haetae_span_start(tracer, HAETAE_TEXT("GET /rides/{id}"), HAETAE_SPAN_KIND_SERVER);

        haetae_span_set_attributes(span, HAETAE_ATTRS(FIVE_ATTRIBUTES(i)));
        haetae_span_set_int64(span, HAETAE_TEXT("http.response.status_code"), 404);
        haetae_span_end(span);
    }
}

/* The same attributes given at the end. */
static void span_end_with_five(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_span span =
            haetae_span_start(tracer, HAETAE_TEXT("GET /rides/{id}"), HAETAE_SPAN_KIND_SERVER);

        haetae_span_end_with(span, HAETAE_ATTRS(FIVE_ATTRIBUTES(i)));
    }
}

/* The same at a site. */
HAETAE_SPAN_SITE(get_ride, HAETAE_SPAN_KIND_SERVER, "GET /rides/{id}", FIVE_KEYS);

static void span_site_five(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_span span = haetae_span_start_site(tracer, &get_ride);

        haetae_span_end_site(span, &get_ride, HAETAE_VALUES(FIVE_VALUES(i)));
    }
}

static void span_site_plain(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_span_end(haetae_span_start_site(tracer, &get_ride));
    }
}

static void span_ten(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_span span =
            haetae_span_start(tracer, HAETAE_TEXT("GET /rides/{id}"), HAETAE_SPAN_KIND_SERVER);

        haetae_span_set_attributes(
            span, HAETAE_ATTRS(HAETAE_ATTR("http.request.method", "GET"),
                               HAETAE_ATTR("http.route", routes[i % VARIANTS]),
                               HAETAE_ATTR("http.response.status_code", 200 + i % 5),
                               HAETAE_ATTR("url.scheme", "https"),
                               HAETAE_ATTR("server.address", "dispatch.local"),
                               HAETAE_ATTR("server.port", 8443),
                               HAETAE_ATTR("client.address", "10.1.2.3"),
                               HAETAE_ATTR("network.protocol.version", "1.1"),
                               HAETAE_ATTR("user_agent.original", "curl/8.5.0"),
                               HAETAE_ATTR("ride.shared", (bool)(i & 1))));
        haetae_span_end(span);
    }
}

/* What the module for nginx records of a request, given at the end. */
static void span_ended_with_thirteen(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_span span =
            haetae_span_start(tracer, HAETAE_TEXT("GET /rides/"), HAETAE_SPAN_KIND_SERVER);

        haetae_span_end_with(
            span,
            HAETAE_ATTRS(
                HAETAE_ATTR("http.request.method", "GET"), HAETAE_ATTR("url.scheme", "https"),
                HAETAE_ATTR("http.route", routes[i % VARIANTS]),
                HAETAE_ATTR("http.response.status_code", 200 + i % 5),
                HAETAE_ATTR("network.protocol.version", "1.1"),
                HAETAE_ATTR("url.path", "/rides/4711"), HAETAE_ATTR("url.query", "page=7"),
                HAETAE_ATTR("server.address", "dispatch.local"), HAETAE_ATTR("server.port", 8443),
                HAETAE_ATTR("client.address", "10.1.2.3"), HAETAE_ATTR("client.port", 40000 + i),
                HAETAE_ATTR("user_agent.original", "curl/8.5.0"),
                HAETAE_ATTR("http.response.body.size", 1024 + i)));
    }
}

/* Five attributes given at the start. */
static void span_start_with_five(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        const haetae_attribute attributes[] = {FIVE_ATTRIBUTES(i)};
        haetae_span_options options = HAETAE_OPTIONS(haetae_span_options);

        options.kind = HAETAE_SPAN_KIND_SERVER;
        options.attributes = attributes;
        options.attribute_count = sizeof attributes / sizeof attributes[0];
        haetae_span_end(haetae_span_start_with(tracer, HAETAE_TEXT("GET /rides/{id}"), &options));
    }
}

/* Spans that the sampler leaves out. */
static void span_sampled_out(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_span_end(
            haetae_span_start(tracer_off, HAETAE_TEXT("GET /rides/{id}"), HAETAE_SPAN_KIND_SERVER));
    }
}

static void span_sampled_out_four(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_span span =
            haetae_span_start(tracer_off, HAETAE_TEXT("GET /rides/{id}"), HAETAE_SPAN_KIND_SERVER);

        haetae_span_set_attributes(
            span, HAETAE_ATTRS(HAETAE_ATTR("http.request.method", "GET"),
                               HAETAE_ATTR("http.route", routes[i % VARIANTS]),
                               HAETAE_ATTR("http.response.status_code", 200 + i % 5),
                               HAETAE_ATTR("server.address", "dispatch.local")));
        haetae_span_end(span);
    }
}

static void log_three(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_log(logger, HAETAE_SEVERITY_INFO,
                   HAETAE_TEXT("driver 1234567 accepted ride 7654321 in the north west zone!"),
                   HAETAE_ATTRS(HAETAE_ATTR("driver.id", 1234567 + i),
                                HAETAE_ATTR("zone", zones[i % VARIANTS]),
                                HAETAE_ATTR("ride.shared", (bool)(i & 1))));
    }
}

/* The same at a site: with a body that is constant, and with one that the call brings. */
static void log_site(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        HAETAE_LOG(logger, HAETAE_SEVERITY_INFO,
                   "driver 1234567 accepted ride 7654321 in the north west zone!", "driver.id",
                   1234567 + i, "zone", zones[i % VARIANTS], "ride.shared", (bool)(i & 1));
    }
}

static void log_site_body(void *user, int calls)
{
    HAETAE_LOG_SITE(site, HAETAE_SEVERITY_INFO, "", "", "driver.id", "zone", "ride.shared");

    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_log_emit_site(
            logger, &site, HAETAE_VALUES(1234567 + i, zones[i % VARIANTS], (bool)(i & 1)),
            HAETAE_TEXT("driver 1234567 accepted ride 7654321 in the north west zone!"));
    }
}

/* The same text, formatted. */
static void log_formatted(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_logf(logger, HAETAE_SEVERITY_INFO, "driver %d accepted ride %d in the %s zone!",
                    1234567 + i, 7654321, "north west");
    }
}

/* 60 bytes, too: text that is not ASCII has to be looked at. */
static void log_korean(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_log(logger, HAETAE_SEVERITY_INFO,
                   HAETAE_TEXT("기사 1234가 북서 구역에서 호출 7654를 받았음!"),
                   HAETAE_ATTRS(HAETAE_ATTR("driver.id", 1234567 + i),
                                HAETAE_ATTR("zone", zones[i % VARIANTS]),
                                HAETAE_ATTR("ride.shared", (bool)(i & 1))));
    }
}

static void counter_bound(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_bound_counter_add(bound_counter, i & 3);
    }
}

static void counter_plain(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_counter_add(counter, 1, NULL, 0);
    }
}

#define THREE_ATTRIBUTES(i)                                                                        \
    HAETAE_ATTRS(HAETAE_ATTR("http.request.method", "GET"),                                        \
                 HAETAE_ATTR("http.route", routes[(i) % VARIANTS]),                                \
                 HAETAE_ATTR("zone", zones[(i) % VARIANTS]))

static void counter_three(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_counter_add(counter, 1, THREE_ATTRIBUTES(i));
    }
}

/* The same with keys that are prepared. */
HAETAE_KEYS(three_keys, "http.request.method", "http.route", "zone");
#define THREE_VALUES(i)                                                                            \
    &three_keys, HAETAE_VALUES("GET", routes[(i) % VARIANTS], zones[(i) % VARIANTS])

static void counter_three_keyed(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_counter_add_keyed(counter, 1, THREE_VALUES(i));
    }
}

static void histogram_bound(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_bound_histogram_record_double(bound_histogram, (double)(i * 7 % 1000));
    }
}

static void histogram_three(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_histogram_record_double(histogram, (double)(i * 7 % 1000), THREE_ATTRIBUTES(i));
    }
}

static void histogram_three_keyed(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_histogram_record_double_keyed(histogram, (double)(i * 7 % 1000), THREE_VALUES(i));
    }
}

/* The same values as above: with 0, nine doublings, 16 buckets for each. */
static void exponential_bound(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_bound_histogram_record_double(bound_exponential, (double)(i * 7 % 1000));
    }
}

static void exponential_three(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_histogram_record_double(exponential, (double)(i * 7 % 1000), THREE_ATTRIBUTES(i));
    }
}

static void exponential_three_keyed(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_histogram_record_double_keyed(exponential, (double)(i * 7 % 1000), THREE_VALUES(i));
    }
}

static void not_recording(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_span_set_int64(span_off, HAETAE_TEXT("n"), i);
    }
}

static void log_disabled(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        haetae_log(logger_off, HAETAE_SEVERITY_DEBUG, HAETAE_TEXT("not now"), NULL, 0);
    }
}

static void null_handle(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        keep(haetae_span_start(NULL, HAETAE_TEXT("nobody"), HAETAE_SPAN_KIND_INTERNAL));
    }
}

/* What any call into a shared library costs. */
static void library_call(void *user, int calls)
{
    (void)user;
    for (int i = 0; i < calls; i++) {
        keep((uintptr_t)haetae_version());
    }
}

/* The same calls within a span that is sampled: each measurement may become an exemplar. */
static void within_span(void (*loop)(void *user, int calls), void *user, int calls)
{
    haetae_span_context context = {
        .trace_id = {1}, .span_id = {2}, .trace_flags = HAETAE_TRACE_FLAG_SAMPLED};
    haetae_context_token token;

    haetae_context_attach_remote(&context, &token);
    loop(user, calls);
    haetae_context_detach(&token);
}

/* Together with what is counted some 16,000 calls: 1,000 a second at a collection each 16 s. */
enum { SPAN_LOOPS = 64 };

static void counter_bound_in_span(void *user, int calls)
{
    within_span(counter_bound, user, calls);
}

static void counter_three_in_span(void *user, int calls)
{
    within_span(counter_three, user, calls);
}

static void histogram_three_in_span(void *user, int calls)
{
    within_span(histogram_three, user, calls);
}

const struct row rows[] = {
    {"span", "span start+end, no attributes", span_plain, 0},
    {"span_5", "span start+end, five attributes", span_five, 0},
    {"span_5_renamed", "the same, and another name at the end", span_renamed, 0},
    {"span_5_replaced", "the same, and one attribute set again", span_replaced, 0},
    {"span_end_with_5", "the same, attributes given at the end", span_end_with_five, 0},
    {"span_site", "span start+end at a site, no attributes", span_site_plain, 0},
    {"span_site_5", "the same, five values at the end", span_site_five, 0},
    {"span_10", "span start+end, ten attributes", span_ten, 0},
    {"span_end_with_13", "the same with thirteen, given at the end", span_ended_with_thirteen, 0},
    {"span_start_with_5", "the same with five, given at the start", span_start_with_five, 0},
    {"sampled_out", "sampled-out span, no attributes", span_sampled_out, 0},
    {"sampled_out_4", "sampled-out span, four attributes", span_sampled_out_four, 0},
    {"log_3", "log record, 60-byte body, three attributes", log_three, 0},
    {"log_site_3", "the same at a site, constant body", log_site, 0},
    {"log_site_3_body", "the same at a site, body of the call", log_site_body, 0},
    {"logf", "log record, 60 bytes formatted", log_formatted, 0},
    {"log_3_korean", "log record in Korean, 60 bytes, three attributes", log_korean, 0},
    {"counter_bound", "counter add, bound", counter_bound, 0},
    {"counter_0", "counter add, no attributes", counter_plain, 0},
    {"counter_3", "counter add, three string attributes", counter_three, 0},
    {"counter_3_keyed", "the same, keys prepared", counter_three_keyed, 0},
    {"histogram_bound", "histogram record, bound", histogram_bound, 0},
    {"histogram_3", "histogram record, three attributes", histogram_three, 0},
    {"histogram_3_keyed", "the same, keys prepared", histogram_three_keyed, 0},
    {"exponential_bound", "exponential histogram record, bound", exponential_bound, 0},
    {"exponential_3", "exponential histogram record, three attributes", exponential_three, 0},
    {"exponential_3_keyed", "the same, keys prepared", exponential_three_keyed, 0},
    {"counter_bound_in_span", "counter add, bound, in a sampled span", counter_bound_in_span,
     SPAN_LOOPS},
    {"counter_3_in_span", "counter add, three attributes, in a sampled span", counter_three_in_span,
     SPAN_LOOPS},
    {"histogram_3_in_span", "histogram record, three attributes, in a sampled span",
     histogram_three_in_span, SPAN_LOOPS},
    {"not_recording", "call on a non-recording span", not_recording, 0},
    {"log_disabled", "disabled log", log_disabled, 0},
    {"null_handle", "NULL handle", null_handle, 0},
    {"library_call", "for comparison: a function that does nothing", library_call, 0},
};
const int row_count = sizeof rows / sizeof rows[0];

void record_spans(int count)
{
    span_five(NULL, count);
}
