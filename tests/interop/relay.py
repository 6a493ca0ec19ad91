# SPDX-License-Identifier: Apache-2.0
"""A service that passes requests on, instrumented with OpenTelemetry's SDK for Python: see relay.c."""
import http.server
import json
import pathlib
import signal
import sys
import threading
import urllib.request

from opentelemetry import baggage, context, propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

OWN_MEMBER, OWN_VALUE = "hop-python", "Python=뱀"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def post(tracer, url, arguments):
    with tracer.start_as_current_span("POST", kind=trace.SpanKind.CLIENT):
        headers = {"Content-Type": "application/json"}
        propagate.inject(headers)
        DIRECT.open(urllib.request.Request(url, json.dumps(arguments).encode(), headers), timeout=20).read()


class Relay(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        # Several headers of a name are one, as HTTP says.
        carrier = {name.lower(): ",".join(self.headers.get_all(name)) for name in self.headers.keys()}
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.serve(propagate.extract(carrier), body)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"null")

    def serve(self, came, calls):
        tracer = trace.get_tracer("relay")
        token = context.attach(baggage.set_baggage(OWN_MEMBER, OWN_VALUE, came))
        try:
            with tracer.start_as_current_span("POST", kind=trace.SpanKind.SERVER) as span:
                for name, value in baggage.get_all(came).items():
                    span.set_attribute(f"baggage.{name}", str(value))
                for call in calls:
                    post(tracer, call["url"], call["arguments"])
        finally:
            context.detach(token)

    def log_message(self, *_):
        pass


def main():
    provider = TracerProvider(resource=Resource.create({"service.name": "relay-python"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    server.daemon_threads = False
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pathlib.Path(sys.argv[sys.argv.index("--port-file") + 1]).write_text(str(server.server_port))
    stop.wait()
    server.shutdown()
    server.server_close()
    provider.shutdown()


if __name__ == "__main__":
    main()
