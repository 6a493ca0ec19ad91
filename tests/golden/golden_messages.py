# SPDX-License-Identifier: Apache-2.0
"""The content of the golden messages. The names become the C arrays golden_<name>.

These rules let a plain C encoder match the bytes: no unknown fields, no zero
values except in fields with explicit presence (oneof members; sum, min and
max of histogram points), and elements in the order written here.
"""

from __future__ import annotations

from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsPartialSuccess, ExportMetricsServiceRequest, ExportMetricsServiceResponse)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse)
from opentelemetry.proto.common.v1.common_pb2 import (
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList)
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram,
    HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary,
    SummaryDataPoint)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

TRACE_ID = bytes(range(0xA0, 0xB0))
SPAN_ID = bytes(range(0xB0, 0xB8))
PARENT_ID = bytes(range(0xC0, 0xC8))
LINK_TRACE_ID = bytes(range(0xD0, 0xE0))
LINK_SPAN_ID = bytes(range(0xE0, 0xE8))
START = 1_700_000_000_000_000_000
END = 1_700_000_000_123_456_789
DELTA, CUMULATIVE = 1, 2
NO_RECORDED_VALUE = 1


def any_value(value: object) -> AnyValue:
    """An AnyValue: None is the empty value; bool, int, float, str, bytes, list and
    dict become the values of that type."""
    if value is None:
        return AnyValue()
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, str):
        return AnyValue(string_value=value)
    if isinstance(value, bytes):
        return AnyValue(bytes_value=value)
    if isinstance(value, list):
        return AnyValue(array_value=ArrayValue(values=map(any_value, value)))
    if isinstance(value, dict):
        return AnyValue(kvlist_value=KeyValueList(values=attributes(value)))
    raise TypeError(f"no AnyValue of {value!r}")


def attributes(values: dict[str, object]) -> list[KeyValue]:
    return [KeyValue(key=key, value=any_value(value)) for key, value in values.items()]


def golden_messages() -> dict[str, Message]:
    return {**values(), **key_values(), **commons(), **spans(), **log_records(), **points(),
            **more_points(), **metrics(), **requests(), **responses()}


def values() -> dict[str, Message]:
    contents = {
        "any_string": "haetae",
        "any_string_empty": "",
        "any_string_utf8": "해태 \N{FIRE}",
        "any_string_with_nul": "a\0b",
        "any_string_127": "x" * 127,
        "any_string_128": "x" * 128,
        "any_bool_true": True,
        "any_bool_false": False,
        "any_int_zero": 0,
        "any_int_127": 127,
        "any_int_128": 128,
        "any_int_minus_one": -1,
        "any_int_min": -2**63,
        "any_int_max": 2**63 - 1,
        "any_double": 1.5,
        "any_double_zero": 0.0,
        "any_double_minus_zero": -0.0,
        "any_double_negative": -273.15,
        "any_double_min_subnormal": 5e-324,
        "any_double_infinity": float("inf"),
        "any_double_minus_infinity": float("-inf"),
        "any_double_nan": float("nan"),
        "any_bytes": bytes([0x00, 0x01, 0x7F, 0x80, 0xFF]),
        "any_bytes_empty": b"",
        "any_array_empty": [],
        "any_array_strings": ["a", "", "ccc"],
        "any_array_bools": [True, False],
        "any_array_ints": [1, -2, 300],
        "any_array_doubles": [0.5, -0.25],
        "any_array_mixed": ["a", True, -2, 0.5, b"\xff", None],
        "any_array_nested": [[1, 2], [], ["x", ["y"]]],
        "any_map_empty": {},
        "any_map": {"s": "v", "b": False, "i": -1, "d": 2.5, "raw": b"\x00", "none": None},
        "any_map_nested": {"outer": {"inner": [1, {"leaf": "x"}], "empty": {}}, "last": 7},
    }
    return {name: any_value(content) for name, content in contents.items()}


def key_values() -> dict[str, Message]:
    pairs = {
        "kv_string": ("http.request.method", "POST"),
        "kv_string_empty": ("note", ""),
        "kv_bool": ("retry", True),
        "kv_int": ("http.response.status_code", 503),
        "kv_int_negative": ("offset", -3600),
        "kv_double": ("load", 0.75),
        "kv_bytes": ("digest", b"\xde\xad\xbe\xef"),
        "kv_array": ("tags", ["blue", "green"]),
        "kv_map": ("car", {"plate": "12가 3456", "seats": 4}),
        "kv_empty_value": ("nothing", None),
    }
    messages = {name: KeyValue(key=key, value=any_value(value)) for name, (key, value) in pairs.items()}
    # Valid for readers, although a writer should not write it.
    messages["kv_no_value"] = KeyValue(key="nothing")
    messages["kv_no_key"] = KeyValue(value=any_value("orphan"))
    return messages


def commons() -> dict[str, Message]:
    return {
        "scope_name_only": InstrumentationScope(name="dispatch"),
        "scope_full": InstrumentationScope(
            name="dispatch", version="1.2.3", attributes=attributes({"layer": "core"}),
            dropped_attributes_count=2),
        "resource": resource(),
        "resource_full": Resource(
            attributes=attributes({"service.name": "haetae-demo", "service.version": "9"}),
            dropped_attributes_count=1,
            entity_refs=[EntityRef(schema_url="https://example.com/schema", type="service",
                                   id_keys=["service.name", "service.instance.id"],
                                   description_keys=["service.version"])]),
    }


def resource() -> Resource:
    return Resource(attributes=attributes({
        "service.name": "haetae-demo", "process.pid": 4711, "host.name": "node-1"}))


def spans() -> dict[str, Message]:
    exception = Span.Event(
        time_unix_nano=START + 1000, name="exception", dropped_attributes_count=4,
        attributes=attributes({"exception.type": "ETIMEDOUT", "exception.message": "no answer"}))
    link = Span.Link(trace_id=LINK_TRACE_ID, span_id=LINK_SPAN_ID, trace_state="a=1",
                     attributes=attributes({"why": "batch"}), dropped_attributes_count=5,
                     flags=0x301)
    full = Span(
        trace_id=TRACE_ID, span_id=SPAN_ID, trace_state="vendor=value,other=1",
        parent_span_id=PARENT_ID, name="match driver", kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=START, end_time_unix_nano=END,
        attributes=attributes({"http.request.method": "POST", "http.response.status_code": 503,
                               "retry": True, "load": 0.75, "tags": ["blue", "green"]}),
        dropped_attributes_count=3,
        events=[exception, Span.Event(time_unix_nano=START + 2000, name="retry")],
        dropped_events_count=300,
        links=[link, Span.Link(trace_id=LINK_TRACE_ID, span_id=SPAN_ID)],
        dropped_links_count=1,
        status=Status(message="no driver", code=Status.STATUS_CODE_ERROR), flags=0x101)
    return {
        "status_ok": Status(code=Status.STATUS_CODE_OK),
        "status_error": Status(message="no driver", code=Status.STATUS_CODE_ERROR),
        "event_minimal": Span.Event(time_unix_nano=START, name="retry"),
        "event_full": exception,
        "link_minimal": Span.Link(trace_id=LINK_TRACE_ID, span_id=LINK_SPAN_ID),
        "link_full": link,
        "span_minimal": Span(trace_id=TRACE_ID, span_id=SPAN_ID, name="a",
                             kind=Span.SPAN_KIND_INTERNAL, start_time_unix_nano=START,
                             end_time_unix_nano=END),
        "span_full": full,
    }


def log_records() -> dict[str, Message]:
    return {
        "log_minimal": LogRecord(severity_number=9, body=any_value("started"),
                                 observed_time_unix_nano=START),
        "log_full": LogRecord(
            time_unix_nano=START, observed_time_unix_nano=END, severity_number=17,
            severity_text="ERROR", body=any_value("rack 7: 93 \N{DEGREE SIGN}C"),
            attributes=attributes({"rack": 7, "hot": True, "sensor": "t-7"}),
            dropped_attributes_count=2, flags=1, trace_id=TRACE_ID, span_id=SPAN_ID,
            event_name="rack.overheated"),
        "log_map_body": LogRecord(time_unix_nano=START, severity_number=24,
                                  body=any_value({"rack": 7, "values": [91.5, 93.0]})),
    }


def exemplars() -> dict[str, Message]:
    return {
        "exemplar_double": Exemplar(
            filtered_attributes=attributes({"user": "u-1"}), time_unix_nano=START + 5,
            as_double=12.5, span_id=SPAN_ID, trace_id=TRACE_ID),
        "exemplar_int": Exemplar(time_unix_nano=START + 6, as_int=-7),
    }


def points() -> dict[str, Message]:
    zone = attributes({"zone": "pangyo", "rack": 7})
    exemplar = exemplars()
    return {
        **exemplar,
        "number_point_int": NumberDataPoint(
            attributes=zone, start_time_unix_nano=START, time_unix_nano=END, as_int=1234567,
            exemplars=[exemplar["exemplar_int"]]),
        "number_point_int_zero": NumberDataPoint(time_unix_nano=END, as_int=0),
        "number_point_int_negative": NumberDataPoint(time_unix_nano=END, as_int=-42),
        "number_point_double": NumberDataPoint(
            attributes=zone, start_time_unix_nano=START, time_unix_nano=END, as_double=93.25,
            exemplars=[exemplar["exemplar_double"], exemplar["exemplar_int"]]),
        "number_point_no_value": NumberDataPoint(
            start_time_unix_nano=START, time_unix_nano=END, flags=NO_RECORDED_VALUE),
        "histogram_point": HistogramDataPoint(
            attributes=zone, start_time_unix_nano=START, time_unix_nano=END, count=6, sum=31.5,
            bucket_counts=[1, 0, 5], explicit_bounds=[0.0, 5.0],
            exemplars=[exemplar["exemplar_double"]], min=-2.0, max=12.5),
        "histogram_point_zeros": HistogramDataPoint(
            start_time_unix_nano=START, time_unix_nano=END, count=1, sum=0.0,
            bucket_counts=[1], min=0.0, max=0.0),
        "histogram_point_no_sum": HistogramDataPoint(
            start_time_unix_nano=START, time_unix_nano=END, count=2, bucket_counts=[2, 0],
            explicit_bounds=[1.0]),
    }


def more_points() -> dict[str, Message]:
    Buckets = ExponentialHistogramDataPoint.Buckets
    Quantile = SummaryDataPoint.ValueAtQuantile
    return {
        "exponential_buckets": Buckets(offset=-3, bucket_counts=[1, 0, 300, 2]),
        "exponential_histogram_point": ExponentialHistogramDataPoint(
            attributes=attributes({"zone": "pangyo"}), start_time_unix_nano=START,
            time_unix_nano=END, count=310, sum=99.5, scale=-2, zero_count=5,
            positive=Buckets(offset=-3, bucket_counts=[1, 0, 300, 2]),
            negative=Buckets(offset=4, bucket_counts=[2]),
            exemplars=[exemplars()["exemplar_double"]], min=-40.0, max=64.0, zero_threshold=1e-6),
        "summary_point": SummaryDataPoint(
            attributes=attributes({"zone": "pangyo"}), start_time_unix_nano=START,
            time_unix_nano=END, count=3, sum=6.5,
            quantile_values=[Quantile(quantile=0.5, value=2.0), Quantile(quantile=1.0, value=3.5)]),
    }


def metrics() -> dict[str, Message]:
    point = points() | more_points()
    return {
        "metric_gauge": Metric(
            name="room.temperature", description="Air temperature", unit="Cel",
            gauge=Gauge(data_points=[point["number_point_double"]])),
        "metric_sum": Metric(
            name="calls", unit="{call}", metadata=attributes({"source": "golden"}),
            sum=Sum(data_points=[point["number_point_int"], point["number_point_int_zero"]],
                    aggregation_temporality=CUMULATIVE, is_monotonic=True)),
        "metric_sum_delta_updown": Metric(
            name="queue", sum=Sum(data_points=[point["number_point_int_negative"]],
                                  aggregation_temporality=DELTA)),
        "metric_histogram": Metric(
            name="latency", unit="ms", histogram=Histogram(
                data_points=[point["histogram_point"], point["histogram_point_zeros"]],
                aggregation_temporality=DELTA)),
        "metric_exponential_histogram": Metric(
            name="latency.exp", exponential_histogram=ExponentialHistogram(
                data_points=[point["exponential_histogram_point"]],
                aggregation_temporality=CUMULATIVE)),
        "metric_summary": Metric(name="latency.summary",
                                 summary=Summary(data_points=[point["summary_point"]])),
    }


def requests() -> dict[str, Message]:
    span, log, metric, common = spans(), log_records(), metrics(), commons()
    scope, other = common["scope_full"], common["scope_name_only"]
    url, scope_url = "https://example.com/resource", "https://example.com/scope"
    return {
        "traces_request": ExportTraceServiceRequest(resource_spans=[ResourceSpans(
            resource=resource(), schema_url=url, scope_spans=[
                ScopeSpans(scope=scope, spans=[span["span_full"], span["span_minimal"]],
                           schema_url=scope_url),
                ScopeSpans(scope=other, spans=[span["span_minimal"]])])]),
        "logs_request": ExportLogsServiceRequest(resource_logs=[ResourceLogs(
            resource=resource(), schema_url=url, scope_logs=[
                ScopeLogs(scope=scope, log_records=[log["log_full"], log["log_minimal"]],
                          schema_url=scope_url),
                ScopeLogs(scope=other, log_records=[log["log_map_body"]])])]),
        "metrics_request": ExportMetricsServiceRequest(resource_metrics=[ResourceMetrics(
            resource=resource(), schema_url=url, scope_metrics=[
                ScopeMetrics(scope=scope, metrics=[metric["metric_gauge"], metric["metric_sum"]],
                             schema_url=scope_url),
                ScopeMetrics(scope=other, metrics=[
                    metric["metric_histogram"], metric["metric_exponential_histogram"],
                    metric["metric_summary"]])])]),
    }


def responses() -> dict[str, Message]:
    status = status_pb2.Status(code=14, message="overloaded")
    wait = error_details_pb2.RetryInfo()
    wait.retry_delay.seconds, wait.retry_delay.nanos = 2, 500_000_000
    status.details.add().Pack(wait)
    return {
        "traces_response_partial": ExportTraceServiceResponse(
            partial_success=ExportTracePartialSuccess(rejected_spans=5, error_message="too old")),
        "traces_response_warning": ExportTraceServiceResponse(
            partial_success=ExportTracePartialSuccess(error_message="use gzip")),
        "logs_response_partial": ExportLogsServiceResponse(
            partial_success=ExportLogsPartialSuccess(rejected_log_records=300,
                                                     error_message="too long")),
        "metrics_response_partial": ExportMetricsServiceResponse(
            partial_success=ExportMetricsPartialSuccess(rejected_data_points=1,
                                                        error_message="bad unit")),
        "retry_info": wait,
        "rpc_status_unavailable": status,
    }
