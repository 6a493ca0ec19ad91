# SPDX-License-Identifier: Apache-2.0
"""An OTLP/HTTP receiver that keeps what arrives, and shows it as plain Python values."""
import gzip
import http.server
import threading

from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

REQUESTS = {"/v1/traces": trace_service_pb2.ExportTraceServiceRequest,
            "/v1/metrics": metrics_service_pb2.ExportMetricsServiceRequest,
            "/v1/logs": logs_service_pb2.ExportLogsServiceRequest}


class Receiver:
    """Listens on a port of the loopback interface while the `with` block runs."""

    def __init__(self):
        self.received = {path: [] for path in REQUESTS}
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                receiver.received[self.path].append(REQUESTS[self.path].FromString(body))
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def everything(self):
        """What arrived, without ids and times that nobody knows before."""
        return {"traces": [show_scope(resource, scope, [show_span(span) for span in scope.spans])
                           for request in self.received["/v1/traces"]
                           for resource in request.resource_spans
                           for scope in resource.scope_spans],
                "logs": [show_scope(resource, scope, [show_log(log, self.span_ids())
                                                      for log in scope.log_records])
                         for request in self.received["/v1/logs"]
                         for resource in request.resource_logs
                         for scope in resource.scope_logs],
                "metrics": [show_scope(resource, scope, sorted(map(show_metric, scope.metrics),
                                                               key=lambda metric: metric["name"]))
                            for request in self.received["/v1/metrics"]
                            for resource in request.resource_metrics
                            for scope in resource.scope_metrics]}

    def span_ids(self):
        return {span.span_id: span.name
                for request in self.received["/v1/traces"]
                for resource in request.resource_spans
                for scope in resource.scope_spans
                for span in scope.spans}


def show_scope(resource, scope, items):
    attributes = show_attributes(resource.resource.attributes)
    return {"service": attributes.get("service.name"), "scope": scope.scope.name, "items": items}


def show_value(value):
    """With its type, so that 1, 1.0 and True differ."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return (kind, [show_value(item) for item in value.array_value.values])
    if kind == "kvlist_value":
        return (kind, show_attributes(value.kvlist_value.values))
    return (kind, getattr(value, kind) if kind else None)


def show_attributes(attributes):
    return {attribute.key: show_value(attribute.value) for attribute in attributes}


def show_span(span):
    return {"name": span.name, "kind": span.kind, "trace_id": span.trace_id.hex(),
            "parent": span.parent_span_id.hex(), "trace_state": span.trace_state,
            "flags": span.flags, "ends_after_start": span.end_time_unix_nano >= span.start_time_unix_nano > 0,
            "attributes": show_attributes(span.attributes),
            "events": [(event.name, event.time_unix_nano, show_attributes(event.attributes))
                       for event in span.events],
            "links": len(span.links), "status": (span.status.code, span.status.message),
            "dropped": (span.dropped_attributes_count, span.dropped_events_count)}


def show_log(log, span_ids):
    return {"severity": log.severity_number, "body": show_value(log.body),
            "attributes": show_attributes(log.attributes), "trace_id": log.trace_id.hex(),
            "span": span_ids.get(log.span_id), "flags": log.flags,
            "observed": log.observed_time_unix_nano > 0}


def show_metric(metric):
    kind = metric.WhichOneof("data")
    data = getattr(metric, kind)
    shown = {"name": metric.name, "unit": metric.unit, "kind": kind}
    if kind != "gauge":
        shown["temporality"] = data.aggregation_temporality
    if kind == "sum":
        shown["monotonic"] = data.is_monotonic
    if kind in ("sum", "gauge"):
        shown["points"] = [(show_attributes(point.attributes), point.WhichOneof("value"),
                            getattr(point, point.WhichOneof("value"))) for point in data.data_points]
    else:
        shown["points"] = [(show_attributes(point.attributes), point.count, point.sum, point.min,
                            point.max, list(point.explicit_bounds), list(point.bucket_counts))
                           for point in data.data_points]
    return shown
