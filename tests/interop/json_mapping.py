#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Receives OTLP as JSON over HTTP from the program `everything`, and holds it against the official protobuf
implementation: its JSON mapping must read each request, without a field that it does not know, and what it writes
must be the same item by item. The library's expectation, too, must be met.

    json_mapping.py --build DIR --program PROGRAM

OTLP differs from the mapping in one thing: trace and span ids are hexadecimal, not base64.
"""
import argparse
import base64
import http.server
import pathlib
import sys
import threading

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import compare  # noqa: E402
import otlp_json  # noqa: E402
import run  # noqa: E402

REQUESTS = {"/v1/traces": trace_service_pb2.ExportTraceServiceRequest,
            "/v1/metrics": metrics_service_pb2.ExportMetricsServiceRequest,
            "/v1/logs": logs_service_pb2.ExportLogsServiceRequest}
# Values nest deep in what the program records.
DEPTH = 500
IDS = {"traceId", "spanId", "parentSpanId"}


def with_ids(node, change):
    """The same JSON with each id changed."""
    if isinstance(node, list):
        return [with_ids(inner, change) for inner in node]
    if isinstance(node, dict):
        return {name: change(inner) if name in IDS else with_ids(inner, change) for name, inner in node.items()}
    return node


def to_base64(text):
    return base64.b64encode(bytes.fromhex(text)).decode()


def to_hex(text):
    return base64.b64decode(text).hex()


class Receiver(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock, self.received, self.faults = threading.Lock(), [], []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):  # the name is http.server's
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            self.server.received.append((self.path, self.headers["Content-Type"], body))
        answer = b"{}"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def faults_of(path, content_type, body):
    """Yields what is wrong with a request."""
    if content_type != "application/json":
        yield f"{path}: Content-Type {content_type}"
    parsed = otlp_json.parse(body)
    message = json_format.ParseDict(with_ids(parsed, to_base64), REQUESTS[path](),
                                    max_recursion_depth=DEPTH)
    written = with_ids(otlp_json.parse(json_format.MessageToJson(message, use_integers_for_enums=True)), to_hex)
    ours, theirs = otlp_json.read_request(parsed), otlp_json.read_request(written)
    if len(ours) != len(theirs) or not ours:
        yield f"{path}: {len(ours)} items, {len(theirs)} by the official mapping"
    for one, other in zip(ours, theirs):
        if repr(one) != repr(other):
            yield f"{path}: {one}\nby the official mapping: {other}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--program", required=True)
    arguments = parser.parse_args()
    sys.setrecursionlimit(20 * DEPTH)
    expected = arguments.build / "mapping.expected.jsonl"
    receiver = Receiver()
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    code = run.run_program(arguments.program, [expected], f"http://127.0.0.1:{receiver.server_port}", "http/json")
    receiver.shutdown()
    paths = {path for path, _, _ in receiver.received}
    faults = [] if paths == set(REQUESTS) else [f"requests to {sorted(paths)} only"]
    faults += [fault for request in receiver.received for fault in faults_of(*request)]
    print(f"{len(receiver.received)} requests, {sum(len(body) for _, _, body in receiver.received)} bytes")
    for fault in faults[:10]:
        print(fault)
    requests = [otlp_json.parse(body) for _, _, body in receiver.received]
    differing = compare.report(compare.Comparison(compare.read_expectation(expected)), requests)
    return 1 if code != 0 or faults or differing else 0


if __name__ == "__main__":
    sys.exit(main())
