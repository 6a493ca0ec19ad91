/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"

#include "support/core_cmocka.h"
#include "wire/otlp.h"
#include "wire/wire.h"

/* The levels: the request's resource 1, scope 2, metric 3, its Gauge or Sum 4, a point 5. */
enum { RESOURCE_LEVEL = 1, SCOPE_LEVEL = 2 };

static void put_varint(struct build *build, uint64_t value)
{
    uint8_t bytes[HAE_VARINT_MAX];
    uint8_t *end = hae_put_varint(bytes, value);

    hae_buffer_add(&build->bytes, bytes, (size_t)(end - bytes));
}

static void put_tag(struct build *build, unsigned field, enum hae_wire_type type)
{
    put_varint(build, (uint64_t)field << 3 | (unsigned)type);
}

void build_open(struct build *build, unsigned field)
{
    assert_true(build->depth < sizeof build->open / sizeof build->open[0]);
    put_tag(build, field, HAE_WIRE_LENGTH);
    build->open[build->depth++] = build->bytes.length;
}

void build_close(struct build *build)
{
    size_t from;
    size_t size;
    size_t prefix;

    assert_true(build->depth > 0);
    from = build->open[--build->depth];
    size = build->bytes.length - from;
    prefix = hae_varint_size(size);
    assert_true(hae_buffer_reserve(&build->bytes, prefix));
    memmove(build->bytes.data + from + prefix, build->bytes.data + from, size);
    (void)hae_put_varint((uint8_t *)build->bytes.data + from, size);
    build->bytes.length += prefix;
}

static void close_to(struct build *build, size_t depth)
{
    while (build->depth > depth) {
        build_close(build);
    }
}

void build_bytes(struct build *build, unsigned field, const void *data, size_t size_bytes)
{
    put_tag(build, field, HAE_WIRE_LENGTH);
    put_varint(build, size_bytes);
    hae_buffer_add(&build->bytes, data, size_bytes);
}

void build_text(struct build *build, unsigned field, const char *text)
{
    build_bytes(build, field, text, strlen(text));
}

void build_uint(struct build *build, unsigned field, uint64_t value)
{
    put_tag(build, field, HAE_WIRE_VARINT);
    put_varint(build, value);
}

void build_sint(struct build *build, unsigned field, int64_t value)
{
    build_uint(build, field, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

void build_fixed(struct build *build, unsigned field, uint64_t value)
{
    uint8_t bytes[8];

    put_tag(build, field, HAE_WIRE_FIXED64);
    (void)hae_put_fixed64(bytes, value);
    hae_buffer_add(&build->bytes, bytes, sizeof bytes);
}

void build_double(struct build *build, unsigned field, double value)
{
    build_fixed(build, field, hae_double_bits(value));
}

void build_attribute(struct build *build, unsigned field, const char *key, const char *value)
{
    build_open(build, field);
    build_text(build, HAE_OTLP_KEY_VALUE_KEY, key);
    build_open(build, HAE_OTLP_KEY_VALUE_VALUE);
    build_text(build, HAE_OTLP_ANY_VALUE_STRING_VALUE, value);
    build_close(build);
    build_close(build);
}

void build_request(struct build *build, const char *service)
{
    *build = (struct build){.bytes = HAE_BUFFER_INIT};
    build_open(build, HAE_OTLP_EXPORT_METRICS_SERVICE_REQUEST_RESOURCE_METRICS);
    build_open(build, HAE_OTLP_RESOURCE_METRICS_RESOURCE);
    if (service != NULL) {
        build_attribute(build, HAE_OTLP_RESOURCE_ATTRIBUTES, "service.name", service);
    }
    build_close(build);
}

void build_scope(struct build *build, const char *name, const char *version)
{
    close_to(build, RESOURCE_LEVEL);
    build_open(build, HAE_OTLP_RESOURCE_METRICS_SCOPE_METRICS);
    if (name != NULL) {
        build_open(build, HAE_OTLP_SCOPE_METRICS_SCOPE);
        build_text(build, HAE_OTLP_INSTRUMENTATION_SCOPE_NAME, name);
        if (version != NULL) {
            build_text(build, HAE_OTLP_INSTRUMENTATION_SCOPE_VERSION, version);
        }
        build_close(build);
    }
}

static void open_metric(struct build *build, const char *name)
{
    close_to(build, SCOPE_LEVEL);
    build_open(build, HAE_OTLP_SCOPE_METRICS_METRICS);
    build_text(build, HAE_OTLP_METRIC_NAME, name);
}

static void open_points(struct build *build, unsigned kind, uint64_t temporality, bool is_monotonic)
{
    build_open(build, kind);
    if (kind == HAE_OTLP_METRIC_GAUGE || kind == HAE_OTLP_METRIC_SUMMARY) {
        return;
    }
    build_uint(build, HAE_OTLP_SUM_AGGREGATION_TEMPORALITY, temporality);
    if (kind == HAE_OTLP_METRIC_SUM) {
        build_uint(build, HAE_OTLP_SUM_IS_MONOTONIC, is_monotonic);
    }
}

void build_metric(struct build *build, unsigned kind, const char *name, const char *unit,
                  const char *help)
{
    open_metric(build, name);
    build_text(build, HAE_OTLP_METRIC_UNIT, unit);
    build_text(build, HAE_OTLP_METRIC_DESCRIPTION, help);
    open_points(build, kind, HAE_OTLP_AGGREGATION_TEMPORALITY_CUMULATIVE, true);
}

void build_metric_of(struct build *build, unsigned kind, const char *name, uint64_t temporality,
                     bool is_monotonic)
{
    open_metric(build, name);
    open_points(build, kind, temporality, is_monotonic);
}

void build_open_point(struct build *build, const char *const *attributes, unsigned field)
{
    build_open(build, HAE_OTLP_GAUGE_DATA_POINTS);
    for (; attributes != NULL && attributes[0] != NULL; attributes += 2) {
        build_attribute(build, field, attributes[0], attributes[1]);
    }
}

void build_int_point(struct build *build, int64_t value, const char *const *attributes)
{
    build_open_point(build, attributes, HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES);
    build_fixed(build, HAE_OTLP_NUMBER_DATA_POINT_AS_INT, (uint64_t)value);
    build_close(build);
}

void build_double_point(struct build *build, double value, const char *const *attributes)
{
    build_open_point(build, attributes, HAE_OTLP_NUMBER_DATA_POINT_ATTRIBUTES);
    build_double(build, HAE_OTLP_NUMBER_DATA_POINT_AS_DOUBLE, value);
    build_close(build);
}

static void put_fixed_list(struct build *build, unsigned field, const uint64_t *list, size_t count)
{
    uint8_t bytes[8 * 16];

    assert_true(count <= 16);
    for (size_t i = 0; i < count; i++) {
        (void)hae_put_fixed64(bytes + 8 * i, list[i]);
    }
    build_bytes(build, field, bytes, 8 * count);
}

void build_histogram(struct build *build, uint64_t count, double sum, const uint64_t *counts,
                     const double *bounds, size_t bound_count)
{
    uint64_t bits[16];

    build_fixed(build, HAE_OTLP_HISTOGRAM_DATA_POINT_COUNT, count);
    build_double(build, HAE_OTLP_HISTOGRAM_DATA_POINT_SUM, sum);
    put_fixed_list(build, HAE_OTLP_HISTOGRAM_DATA_POINT_BUCKET_COUNTS, counts, bound_count + 1);
    for (size_t i = 0; i < bound_count; i++) {
        bits[i] = hae_double_bits(bounds[i]);
    }
    put_fixed_list(build, HAE_OTLP_HISTOGRAM_DATA_POINT_EXPLICIT_BOUNDS, bits, bound_count);
}

void build_exemplar(struct build *build, unsigned field, double value, uint64_t time_ns,
                    const char *key, const char *attribute)
{
    static const uint8_t trace_id[16] = {0x5b, 0x8e, 0xff, 0xf7, 0x98, 0x03, 0x81, 0x03,
                                         0xd2, 0x69, 0xb6, 0x33, 0x81, 0x3f, 0xc6, 0x0c};

    build_open(build, field);
    build_fixed(build, HAE_OTLP_EXEMPLAR_TIME_UNIX_NANO, time_ns);
    build_double(build, HAE_OTLP_EXEMPLAR_AS_DOUBLE, value);
    build_bytes(build, HAE_OTLP_EXEMPLAR_TRACE_ID, trace_id, sizeof trace_id);
    build_bytes(build, HAE_OTLP_EXEMPLAR_SPAN_ID, trace_id, 8);
    if (key != NULL) {
        build_attribute(build, HAE_OTLP_EXEMPLAR_FILTERED_ATTRIBUTES, key, attribute);
    }
    build_close(build);
}

void build_duration(struct build *build)
{
    static const uint64_t counts[] = {2, 0, 1, 4};
    static const double bounds[] = {0.005, 1, 2.5};

    build_request(build, NULL);
    build_scope(build, NULL, NULL);
    build_metric(build, HAE_OTLP_METRIC_HISTOGRAM, "duration", "s", "");
    build_open_point(build, ATTRIBUTES("le", "x"), HAE_OTLP_HISTOGRAM_DATA_POINT_ATTRIBUTES);
    build_fixed(build, HAE_OTLP_HISTOGRAM_DATA_POINT_START_TIME_UNIX_NANO, 1500000000);
    build_histogram(build, 7, 40.5, counts, bounds, 3);
    build_exemplar(build, HAE_OTLP_HISTOGRAM_DATA_POINT_EXEMPLARS, 0.005, 2000000000, "a.b", "c");
    build_exemplar(build, HAE_OTLP_HISTOGRAM_DATA_POINT_EXEMPLARS, 0.004, 1000000000, "old", "c");
    build_exemplar(build, HAE_OTLP_HISTOGRAM_DATA_POINT_EXEMPLARS, 10, 3500000000u, NULL, NULL);
    build_close(build);
}

struct hae_prom_request build_end(struct build *build)
{
    close_to(build, 0);
    assert_false(build->bytes.failed);
    return (struct hae_prom_request){(const uint8_t *)build->bytes.data, build->bytes.length};
}

void build_done(struct build *build)
{
    hae_buffer_done(&build->bytes);
}
