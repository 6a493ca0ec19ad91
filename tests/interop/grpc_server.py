#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same as tiers/grpcpeer on gRPC's server in C++, by its package for Python: grpc_server.py SCRIPT CALLS."""

import base64
import concurrent.futures
import json
import pathlib
import signal
import sys
import threading
import time

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

# Messages are handed over as they are, so that their size on the wire is known.
SERVICES = {"/opentelemetry.proto.collector.trace.v1.TraceService/Export": ("traces", trace_service_pb2),
            "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export": ("metrics", metrics_service_pb2),
            "/opentelemetry.proto.collector.logs.v1.LogsService/Export": ("logs", logs_service_pb2)}


def status_of(name):
    return next(code for code in grpc.StatusCode if code.name == (name or "OK"))


class Peer(grpc.GenericRpcHandler):
    def __init__(self, script, calls):
        self._steps = list(script.get("steps", ()))
        self._calls = calls
        self._start = time.monotonic_ns()
        self._lock = threading.Lock()

    def service(self, details):
        if details.method not in SERVICES:
            return None
        signal_name, messages = SERVICES[details.method]
        return grpc.unary_unary_rpc_method_handler(
            lambda request, context: self._export(signal_name, messages, request, context))

    def _export(self, signal_name, messages, request, context):
        with self._lock:
            step = self._steps.pop(0) if self._steps else {}
        call = self._seen(signal_name, messages, request, context)
        gone = threading.Event()
        if not context.add_callback(gone.set):
            gone.set()
        call["gone"] = gone.wait(step.get("wait_ms", 0) / 1000)
        status = status_of(step.get("status"))
        call["status"] = status.name
        with self._lock:
            print(json.dumps(call), file=self._calls, flush=True)
        if step.get("headers_first") and not call["gone"]:
            context.send_initial_metadata((("x-peer", "headers first"),))
        if status is grpc.StatusCode.OK:
            return self._answer(signal_name, messages, step)
        text = f"as the script says: 100 % „{status.name}“\n"
        self._add_details(context, status, text, step)
        context.abort(status, text)
        return b""

    def _seen(self, signal_name, messages, request, context):
        left = context.time_remaining()
        metadata = {}
        for name, value in context.invocation_metadata():
            text = base64.b64encode(value).decode() if isinstance(value, bytes) else value
            metadata.setdefault(name, []).append(text)
        spans = []
        if signal_name == "traces":
            read = messages.ExportTraceServiceRequest.FromString(request)
            spans = [span.span_id.hex() for resource in read.resource_spans for scope in resource.scope_spans
                     for span in scope.spans]
        return {"method": signal_name, "at_ns": time.monotonic_ns() - self._start,
                "left_ns": 0 if left is None else int(left * 1e9), "compression": None, "wire_bytes": len(request),
                "metadata": metadata, "connection": context.peer(), "spans": spans}

    @staticmethod
    def _answer(signal_name, messages, step):
        if signal_name != "traces":
            return b""
        answer = messages.ExportTraceServiceResponse()
        if step.get("rejected") or step.get("message_bytes"):
            answer.partial_success.rejected_spans = step.get("rejected", 0)
            answer.partial_success.error_message = "m" * step.get("message_bytes", 0)
        return answer.SerializeToString()

    @staticmethod
    def _add_details(context, status, text, step):
        if step.get("retry_ms") is None:
            return
        pause = duration_pb2.Duration()
        pause.FromMilliseconds(step["retry_ms"])
        details = any_pb2.Any()
        details.Pack(error_details_pb2.RetryInfo(retry_delay=pause))
        whole = status_pb2.Status(code=status.value[0], message=text, details=[details])
        context.set_trailing_metadata((("grpc-status-details-bin", whole.SerializeToString()),))


def main():
    script = json.loads(pathlib.Path(sys.argv[1]).read_text())
    options = [("grpc.so_reuseport", 0)]
    for name, key in (("max_bytes", "grpc.max_receive_message_length"), ("max_streams", "grpc.max_concurrent_streams"),
                      ("max_age_ms", "grpc.max_connection_age_ms")):
        if script.get(name):
            options.append((key, script[name]))
    with open(sys.argv[2], "w", encoding="utf-8") as calls:
        server = grpc.server(concurrent.futures.ThreadPoolExecutor(16), options=options)
        server.add_generic_rpc_handlers((Peer(script, calls),))
        if script.get("certificate_key"):
            certificate, key = (pathlib.Path(path).read_bytes() for path in script["certificate_key"])
            port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, certificate)]))
        else:
            port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        print(port, flush=True)
        signal.sigwait([signal.SIGTERM])
        server.stop(None).wait()


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    main()
