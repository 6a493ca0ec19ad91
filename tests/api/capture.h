/* SPDX-License-Identifier: Apache-2.0 */
/* An SDK that the test drives, and the last requests of its exporter, read by protobuf-c. */
#ifndef HAETAE_TESTS_API_CAPTURE_H
#define HAETAE_TESTS_API_CAPTURE_H

#include "otlp.pb-c.h"
#include "support/sdk_fixture.h"

struct capture {
    struct fake_exporter fake;
    haetae_sdk *sdk;
    haetae_tracer *tracer;
    haetae_logger *logger;
    haetae_meter *meter;
    HaeOtlp__ExportTraceServiceRequest *traces;
    HaeOtlp__ExportLogsServiceRequest *logs;
    HaeOtlp__ExportMetricsServiceRequest *metrics;
};

/* For cmocka: the capture is the test's state. */
int capture_begin(void **state);
int capture_end(void **state);

/* Flush, and return the only span, log record or metric that was exported. */
const HaeOtlp__Span *capture_span(struct capture *capture);
const HaeOtlp__LogRecord *capture_log(struct capture *capture);
const HaeOtlp__Metric *capture_metric(struct capture *capture);

/* The value of the attribute with this key, or NULL. */
const HaeOtlp__AnyValue *capture_find(HaeOtlp__KeyValue *const *list, size_t count,
                                      const char *key);

uint64_t capture_misuse(struct capture *capture, haetae_misuse cause);
uint64_t capture_dropped(struct capture *capture, haetae_signal signal, haetae_drop_reason reason);

#endif
