// SPDX-License-Identifier: Apache-2.0
//! The peer opentelemetry-rust: SDK, batch processors, OTLP over HTTP.
//!
//! Usage: peer-rust calls ENDPOINT ROUNDS | peer-rust cpu ENDPOINT BATCH RATE SECONDS
//! What it prints is what ../peer.h says.
use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::{Span, SpanKind, Tracer, TracerProvider};
use opentelemetry::KeyValue;
use opentelemetry_otlp::{LogExporter, MetricExporter, SpanExporter, WithExportConfig};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{self, BatchLogProcessor, LogBatch, SdkLogger, SdkLoggerProvider};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{self, BatchSpanProcessor, SdkTracer, SdkTracerProvider, SpanData};
use opentelemetry_sdk::Resource;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

mod measure;
use measure::{best_of_loops, process_cpu_ns, record_steadily};

/// The default batch; loops of 256 calls flush before it is full.
const BATCH_SIZE: usize = 512;
const VARIANTS: usize = 16;

// ---- What arrived ---------------------------------------------------------------------

/// An exporter that counts what the one within delivered.
#[derive(Debug)]
struct Counting<E> {
    inner: E,
    delivered: Arc<AtomicU64>,
}

impl<E> Counting<E> {
    fn new(inner: E) -> (Self, Arc<AtomicU64>) {
        let delivered = Arc::new(AtomicU64::new(0));
        (
            Counting {
                inner,
                delivered: delivered.clone(),
            },
            delivered,
        )
    }

    fn count(&self, result: OTelSdkResult, items: usize) -> OTelSdkResult {
        if result.is_ok() {
            self.delivered.fetch_add(items as u64, Ordering::Relaxed);
        }
        result
    }
}

impl trace::SpanExporter for Counting<SpanExporter> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let items = batch.len();
        self.count(self.inner.export(batch).await, items)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

impl logs::LogExporter for Counting<LogExporter> {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let items = batch.iter().count();
        self.count(self.inner.export(batch).await, items)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

// ---- Starting -------------------------------------------------------------------------

/// Long enough for a late worker, yet no longer: a queue that does not fit in the cache is slow.
fn queue_size(batch_size: usize) -> usize {
    batch_size * if batch_size > BATCH_SIZE { 4 } else { 32 }
}

fn start_traces(endpoint: &str, batch_size: usize) -> (SdkTracerProvider, Arc<AtomicU64>) {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{endpoint}/v1/traces"))
        .build()
        .expect("span exporter");
    let (exporter, delivered) = Counting::new(exporter);
    let config = trace::BatchConfigBuilder::default()
        .with_max_queue_size(queue_size(batch_size))
        .with_max_export_batch_size(batch_size)
        .build();
    let processor = BatchSpanProcessor::builder(exporter)
        .with_batch_config(config)
        .build();
    (
        SdkTracerProvider::builder()
            .with_span_processor(processor)
            .build(),
        delivered,
    )
}

fn start_logs(endpoint: &str) -> (SdkLoggerProvider, Arc<AtomicU64>) {
    let exporter = LogExporter::builder()
        .with_http()
        .with_endpoint(format!("{endpoint}/v1/logs"))
        .build()
        .expect("log exporter");
    let (exporter, delivered) = Counting::new(exporter);
    let processor = BatchLogProcessor::builder(exporter).build();
    (
        SdkLoggerProvider::builder()
            .with_log_processor(processor)
            .build(),
        delivered,
    )
}

fn start_metrics(endpoint: &str) -> SdkMeterProvider {
    let exporter = MetricExporter::builder()
        .with_http()
        .with_endpoint(format!("{endpoint}/v1/metrics"))
        .build()
        .expect("metric exporter");
    SdkMeterProvider::builder()
        .with_periodic_exporter(exporter)
        .build()
}

// ---- Payloads -------------------------------------------------------------------------

/// Texts known for good, so that this peer need not copy them.
struct Texts {
    routes: Vec<&'static str>,
    zones: Vec<&'static str>,
}

impl Texts {
    fn new() -> Self {
        let lasting = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
        Texts {
            routes: (0..VARIANTS)
                .map(|i| lasting(format!("/rides/{{id}}/{i}")))
                .collect(),
            zones: (0..VARIANTS)
                .map(|i| lasting(format!("zone-{}", i * 37)))
                .collect(),
        }
    }

    fn three_attributes(&self, i: usize) -> [KeyValue; 3] {
        [
            KeyValue::new("http.request.method", "GET"),
            KeyValue::new("http.route", self.routes[i % VARIANTS]),
            KeyValue::new("zone", self.zones[i % VARIANTS]),
        ]
    }
}

fn span_plain(tracer: &SdkTracer) {
    let mut span = tracer
        .span_builder("GET /rides/{id}")
        .with_kind(SpanKind::Server)
        .start(tracer);
    span.end();
}

/// Attributes given at the start are one allocation, the cheapest way here.
fn span_five(tracer: &SdkTracer, texts: &Texts, i: usize) {
    let mut span = tracer
        .span_builder("GET /rides/{id}")
        .with_kind(SpanKind::Server)
        .with_attributes([
            KeyValue::new("http.request.method", "GET"),
            KeyValue::new("http.route", texts.routes[i % VARIANTS]),
            KeyValue::new("http.response.status_code", (200 + i % 5) as i64),
            KeyValue::new("server.address", "dispatch.local"),
            KeyValue::new("network.peer.port", (1024 + i) as i64),
        ])
        .start(tracer);
    span.end();
}

fn log_three(logger: &SdkLogger, texts: &Texts, i: usize) {
    let mut record = logger.create_log_record();
    record.set_severity_number(Severity::Info);
    record.set_body(AnyValue::from(
        "driver 1234567 accepted ride 7654321 in the north west zone!",
    ));
    record.add_attribute("driver.id", (1_234_567 + i) as i64);
    record.add_attribute("zone", texts.zones[i % VARIANTS]);
    record.add_attribute("ride.seats", (i & 3) as i64);
    logger.emit(record);
}

// ---- Measuring ------------------------------------------------------------------------

const SHORT: Duration = Duration::from_micros(500);

fn measure_spans(endpoint: &str, texts: &Texts, rounds: usize) -> u64 {
    let (provider, delivered) = start_traces(endpoint, BATCH_SIZE);
    let tracer = provider.tracer("bench");
    let flush = || provider.force_flush().expect("flush of spans");
    let plain = best_of_loops(rounds, |_| span_plain(&tracer), flush);
    println!("row span {plain:.2}");
    let five = best_of_loops(rounds, |i| span_five(&tracer, texts, i), flush);
    println!("row span_5 {five:.2}");
    provider.shutdown().expect("shutdown of traces");
    delivered.load(Ordering::Relaxed)
}

fn measure_logs(endpoint: &str, texts: &Texts, rounds: usize) -> u64 {
    let (provider, delivered) = start_logs(endpoint);
    let logger = provider.logger("bench");
    let flush = || provider.force_flush().expect("flush of logs");
    let three = best_of_loops(rounds, |i| log_three(&logger, texts, i), flush);
    println!("row log_3 {three:.2}");
    provider.shutdown().expect("shutdown of logs");
    delivered.load(Ordering::Relaxed)
}

fn measure_metrics(endpoint: &str, texts: &Texts, rounds: usize) {
    let provider = start_metrics(endpoint);
    let meter = provider.meter("bench");
    let counter = meter.u64_counter("bench.requests").build();
    let histogram = meter.f64_histogram("bench.duration").with_unit("s").build();
    let rest = || std::thread::sleep(SHORT);
    let add = |i| counter.add(1, &black_box(texts.three_attributes(i)));
    println!("row counter_3 {:.2}", best_of_loops(rounds, add, rest));
    let record = |i: usize| {
        histogram.record((i * 7 % 1000) as f64, &black_box(texts.three_attributes(i)));
    };
    println!("row histogram_3 {:.2}", best_of_loops(rounds, record, rest));
    provider.shutdown().expect("shutdown of metrics");
}

fn measure_calls(endpoint: &str, rounds: usize) {
    let texts = Texts::new();
    let loops = (rounds * measure::CALLS_PER_LOOP) as u64;
    let delivered =
        measure_spans(endpoint, &texts, rounds) + measure_logs(endpoint, &texts, rounds);
    measure_metrics(endpoint, &texts, rounds);
    println!("recorded {}\ndropped {}", 3 * loops, 3 * loops - delivered);
}

fn measure_cpu(endpoint: &str, batch_size: usize, rate: u64, seconds: u64) {
    let texts = Texts::new();
    let (provider, delivered) = start_traces(endpoint, batch_size);
    let tracer = provider.tracer("bench");
    let cpu = process_cpu_ns();
    let recorded = record_steadily(rate, seconds, |i| span_five(&tracer, &texts, i));
    let deadline = Instant::now() + Duration::from_secs(30);
    while provider.force_flush().is_err() && Instant::now() < deadline {}
    println!("cpu {}", process_cpu_ns() - cpu);
    provider.shutdown().expect("shutdown");
    println!(
        "recorded {recorded}\ndropped {}",
        recorded - delivered.load(Ordering::Relaxed)
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| -> u64 { text.parse().expect("a number") };
    match words[..] {
        ["calls", endpoint, rounds] => measure_calls(endpoint, number(rounds) as usize),
        ["cpu", endpoint, batch, rate, seconds] => measure_cpu(
            endpoint,
            number(batch) as usize,
            number(rate),
            number(seconds),
        ),
        _ => {
            eprintln!("usage: peer-rust calls ENDPOINT ROUNDS | cpu ENDPOINT BATCH RATE SECONDS");
            std::process::exit(2);
        }
    }
}
