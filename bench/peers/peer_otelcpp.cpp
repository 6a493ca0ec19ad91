/* SPDX-License-Identifier: Apache-2.0 */
/* opentelemetry-cpp beside haetae: SDK, batch processors, OTLP over HTTP with protobuf.
 * Usage: peer_otelcpp calls ENDPOINT ROUNDS | peer_otelcpp cpu ENDPOINT BATCH RATE SECONDS */
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include <opentelemetry/context/context.h>
#include <opentelemetry/exporters/otlp/otlp_http_exporter_factory.h>
#include <opentelemetry/exporters/otlp/otlp_http_exporter_options.h>
#include <opentelemetry/exporters/otlp/otlp_http_log_record_exporter_factory.h>
#include <opentelemetry/exporters/otlp/otlp_http_log_record_exporter_options.h>
#include <opentelemetry/exporters/otlp/otlp_http_metric_exporter_factory.h>
#include <opentelemetry/exporters/otlp/otlp_http_metric_exporter_options.h>
#include <opentelemetry/logs/logger.h>
#include <opentelemetry/metrics/meter.h>
#include <opentelemetry/sdk/logs/batch_log_record_processor_factory.h>
#include <opentelemetry/sdk/logs/batch_log_record_processor_options.h>
#include <opentelemetry/sdk/logs/exporter.h>
#include <opentelemetry/sdk/logs/logger_provider.h>
#include <opentelemetry/sdk/logs/logger_provider_factory.h>
#include <opentelemetry/sdk/metrics/export/periodic_exporting_metric_reader_factory.h>
#include <opentelemetry/sdk/metrics/export/periodic_exporting_metric_reader_options.h>
#include <opentelemetry/sdk/metrics/meter_provider.h>
#include <opentelemetry/sdk/trace/batch_span_processor_factory.h>
#include <opentelemetry/sdk/trace/batch_span_processor_options.h>
#include <opentelemetry/sdk/trace/exporter.h>
#include <opentelemetry/sdk/trace/tracer_provider.h>
#include <opentelemetry/sdk/trace/tracer_provider_factory.h>
#include <opentelemetry/trace/tracer.h>

extern "C" {
#include "peer.h"
}

namespace logs = opentelemetry::sdk::logs;
namespace nostd = opentelemetry::nostd;
namespace otlp = opentelemetry::exporter::otlp;
namespace sdk = opentelemetry::sdk;
namespace trace = opentelemetry::sdk::trace;

/* The default batch; loops of 256 calls flush before it is full. */
static const std::size_t default_batch = 512;
static const std::chrono::microseconds patience = std::chrono::seconds(30);

static texts all_texts;
static std::atomic<std::uint64_t> delivered;
static std::uint64_t recorded;
static std::unique_ptr<trace::TracerProvider> tracers;
static std::unique_ptr<logs::LoggerProvider> loggers;
static std::shared_ptr<sdk::metrics::MeterProvider> meters;
static nostd::shared_ptr<opentelemetry::trace::Tracer> tracer;
static nostd::shared_ptr<opentelemetry::logs::Logger> logger;
static nostd::unique_ptr<opentelemetry::metrics::Counter<std::uint64_t>> counter;
static nostd::unique_ptr<opentelemetry::metrics::Histogram<double>> histogram;

/* ---- What arrived ------------------------------------------------------------------ */

/* An exporter of `Base` that counts what the one within delivered. */
template <class Base, class Recordable> class Counting final : public Base
{
  public:
    explicit Counting(std::unique_ptr<Base> inner) : inner_(std::move(inner))
    {
    }

    std::unique_ptr<Recordable> MakeRecordable() noexcept override
    {
        return inner_->MakeRecordable();
    }

    sdk::common::ExportResult
    Export(const nostd::span<std::unique_ptr<Recordable>> &items) noexcept override
    {
        std::size_t count = items.size();
        sdk::common::ExportResult result = inner_->Export(items);

        if (result == sdk::common::ExportResult::kSuccess) {
            delivered += count;
        }
        return result;
    }

    bool ForceFlush(std::chrono::microseconds timeout) noexcept override
    {
        return inner_->ForceFlush(timeout);
    }

    bool Shutdown(std::chrono::microseconds timeout) noexcept override
    {
        return inner_->Shutdown(timeout);
    }

  private:
    std::unique_ptr<Base> inner_;
};

/* ---- Payloads ---------------------------------------------------------------------- */

static opentelemetry::trace::StartSpanOptions server_options()
{
    opentelemetry::trace::StartSpanOptions options;

    options.kind = opentelemetry::trace::SpanKind::kServer;
    return options;
}

static void span_plain(void *, int calls)
{
    static const opentelemetry::trace::StartSpanOptions options = server_options();

    for (int i = 0; i < calls; i++) {
        tracer->StartSpan(SPAN_NAME, options)->End();
    }
    recorded += static_cast<std::uint64_t>(calls);
}

static void span_five(void *, int calls)
{
    static const opentelemetry::trace::StartSpanOptions options = server_options();

    for (int i = 0; i < calls; i++) {
        auto span = tracer->StartSpan(SPAN_NAME, options);

        span->SetAttribute("http.request.method", "GET");
        span->SetAttribute("http.route", all_texts.routes[i % VARIANTS]);
        span->SetAttribute("http.response.status_code", 200 + i % 5);
        span->SetAttribute("server.address", "dispatch.local");
        span->SetAttribute("network.peer.port", 1024 + i);
        span->End();
    }
    recorded += static_cast<std::uint64_t>(calls);
}

static void log_three(void *, int calls)
{
    for (int i = 0; i < calls; i++) {
        auto record = logger->CreateLogRecord();

        if (record != nullptr) {
            record->SetSeverity(opentelemetry::logs::Severity::kInfo);
            record->SetBody(LOG_BODY);
            record->SetAttribute("driver.id", 1234567 + i);
            record->SetAttribute("zone", all_texts.zones[i % VARIANTS]);
            record->SetAttribute("ride.seats", i & 3);
            logger->EmitLogRecord(std::move(record));
        }
    }
    recorded += static_cast<std::uint64_t>(calls);
}

static void counter_three(void *, int calls)
{
    for (int i = 0; i < calls; i++) {
        counter->Add(1, {{"http.request.method", "GET"},
                         {"http.route", all_texts.routes[i % VARIANTS]},
                         {"zone", all_texts.zones[i % VARIANTS]}});
    }
}

static void histogram_three(void *, int calls)
{
    for (int i = 0; i < calls; i++) {
        histogram->Record(i * 7 % 1000,
                          {{"http.request.method", "GET"},
                           {"http.route", all_texts.routes[i % VARIANTS]},
                           {"zone", all_texts.zones[i % VARIANTS]}},
                          opentelemetry::context::Context{});
    }
}

/* ---- The SDK ------------------------------------------------------------------------- */

/* Long enough for a late worker, yet no longer. */
static std::size_t queue_size(std::size_t batch)
{
    return batch * (batch > default_batch ? 4 : 32);
}

static void start_traces(const std::string &endpoint, std::size_t batch)
{
    using Exporter = Counting<trace::SpanExporter, trace::Recordable>;
    otlp::OtlpHttpExporterOptions options;
    trace::BatchSpanProcessorOptions batches;

    options.url = endpoint + "/v1/traces";
    options.content_type = otlp::HttpRequestContentType::kBinary;
    batches.max_queue_size = queue_size(batch);
    batches.max_export_batch_size = batch;
    tracers = trace::TracerProviderFactory::Create(trace::BatchSpanProcessorFactory::Create(
        std::make_unique<Exporter>(otlp::OtlpHttpExporterFactory::Create(options)), batches));
    tracer = tracers->GetTracer("bench");
}

static void start_logs(const std::string &endpoint)
{
    using Exporter = Counting<logs::LogRecordExporter, logs::Recordable>;
    otlp::OtlpHttpLogRecordExporterOptions options;

    options.url = endpoint + "/v1/logs";
    options.content_type = otlp::HttpRequestContentType::kBinary;
    loggers = logs::LoggerProviderFactory::Create(logs::BatchLogRecordProcessorFactory::Create(
        std::make_unique<Exporter>(otlp::OtlpHttpLogRecordExporterFactory::Create(options)),
        logs::BatchLogRecordProcessorOptions{}));
    logger = loggers->GetLogger("bench", "bench");
}

static void start_metrics(const std::string &endpoint)
{
    otlp::OtlpHttpMetricExporterOptions options;

    options.url = endpoint + "/v1/metrics";
    options.content_type = otlp::HttpRequestContentType::kBinary;
    meters = std::make_shared<sdk::metrics::MeterProvider>();
    meters->AddMetricReader(sdk::metrics::PeriodicExportingMetricReaderFactory::Create(
        otlp::OtlpHttpMetricExporterFactory::Create(options),
        sdk::metrics::PeriodicExportingMetricReaderOptions{}));
    auto meter = meters->GetMeter("bench");
    counter = meter->CreateUInt64Counter("bench.requests");
    histogram = meter->CreateDoubleHistogram("bench.duration", "", "s");
}

static void flush_traces(void *)
{
    tracers->ForceFlush(patience);
}

static void flush_logs(void *)
{
    loggers->ForceFlush(patience);
}

/* ---- Measuring ------------------------------------------------------------------------ */

static void measure(const char *name, work work, int rounds)
{
    print_row(name, &work, rounds);
}

static void measure_calls(int rounds)
{
    measure("span", {span_plain, flush_traces, nullptr}, rounds);
    measure("span_5", {span_five, flush_traces, nullptr}, rounds);
    measure("log_3", {log_three, flush_logs, nullptr}, rounds);
    measure("counter_3", {counter_three, rest_shortly, nullptr}, rounds);
    measure("histogram_3", {histogram_three, rest_shortly, nullptr}, rounds);
}

static void measure_cpu(unsigned rate, unsigned seconds)
{
    work work = {span_five, nullptr, nullptr};
    std::uint64_t cpu = process_cpu_ns();

    record_steadily(&work, rate, seconds);
    flush_traces(nullptr);
    std::printf("cpu %llu\n", static_cast<unsigned long long>(process_cpu_ns() - cpu));
}

int main(int argc, char **argv)
{
    make_texts(&all_texts);
    if (argc == 4 && std::strcmp(argv[1], "calls") == 0) {
        start_traces(argv[2], default_batch);
        start_logs(argv[2]);
        start_metrics(argv[2]);
        measure_calls(static_cast<int>(number_of(argv[3])));
    } else if (argc == 6 && std::strcmp(argv[1], "cpu") == 0) {
        start_traces(argv[2], number_of(argv[3]));
        measure_cpu(number_of(argv[4]), number_of(argv[5]));
    } else {
        std::fprintf(stderr, "usage: peer_otelcpp calls ENDPOINT ROUNDS"
                             " | cpu ENDPOINT BATCH RATE SECONDS\n");
        return 2;
    }
    std::printf("recorded %llu\ndropped %llu\n", static_cast<unsigned long long>(recorded),
                static_cast<unsigned long long>(recorded - delivered));
    return 0;
}
