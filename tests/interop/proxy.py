#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""haetae by way of nginx as a reverse proxy to a real OpenTelemetry Collector, by HTTP and by gRPC.

    proxy.py --build DIR --nginx NGINX --program PROGRAM --protocol http/protobuf|grpc

nginx ends connections after some requests, refuses bodies, and stands there without a collector; nothing may be lost,
or come twice unless an answer may have been lost. Exits with 77 where nginx or the collector cannot be had, or with 1
when REQUIRE_ALL_TESTS is 1.
"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "nginx"))

import certificates  # noqa: E402
import collector  # noqa: E402
import environment  # noqa: E402
import nginx_server  # noqa: E402
import outage  # noqa: E402

PATIENCE = 60
SPANS = 400
KEEPALIVE_REQUESTS = 10
BODY_BYTES = 8192
LOG_FORMAT = "log_format requests '$connection $connection_requests $status $request_length $server_protocol';"
# Ten spans in a request, so that there are forty and more.
SETTINGS = {"OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none", "OTEL_BSP_SCHEDULE_DELAY": "5",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "10", "HAETAE_RETRY_INITIAL_MS": "20", "HAETAE_RETRY_MAX_MS": "200"}

Request = collections.namedtuple("Request", "connection number status length protocol")


class Proxy(nginx_server.Nginx):
    """nginx in front of a port, with directives of its server."""

    def __init__(self, protocol, port, directives="", keys=None):
        passes = {"grpc": f"grpc_pass grpc://127.0.0.1:{port};"}.get(
            protocol, f"proxy_pass http://127.0.0.1:{port}; proxy_http_version 1.1;")
        listen = " ssl" * (keys is not None) + " http2" * (protocol == "grpc")
        if keys is not None:
            directives += f" ssl_certificate {keys.server}; ssl_certificate_key {keys.server_key};"
        self.scheme = "http" if keys is None else "https"
        super().__init__(http=LOG_FORMAT, listen=listen,
                         server=f"access_log requests.log requests; {directives} location / {{ {passes} }}")

    def requests(self):
        self.stop()  # then the log is complete
        lines = (self.folder / "requests.log").read_text().splitlines()
        return [Request(*map(int, line.split()[:4]), line.split()[4]) for line in lines]


class Case:
    """One run of haetae, and what is wrong with it."""

    def __init__(self, arguments, proxy, env, pad=10, spans=SPANS, pace_us=1000):
        clean = environment.clean()
        endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"{proxy.scheme}://127.0.0.1:{proxy.port}",
                    "OTEL_EXPORTER_OTLP_PROTOCOL": arguments.protocol}
        self.program = subprocess.Popen([arguments.program, str(spans), str(pad), str(pace_us)], text=True,
                                        env=clean | SETTINGS | endpoint | env, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.faults = []
        self.again = 0

    def end(self):
        output, self.diagnostics = self.program.communicate(timeout=PATIENCE)
        self.stats = json.loads(output)["traces"]
        return self

    def check(self, what, good, found=""):
        if not good:
            self.faults.append(f"{what}: {found}")

    def all_arrived(self, received, count=SPANS, lost_answers_most=0, **dropped):
        """`received`: the spans of each request that the collector got, of which as many may come again as answers may
        have been lost."""
        found = {name: number for name, number in self.stats["dropped"].items() if number}
        self.check("delivered", self.stats["delivered"] == count, self.stats)
        self.check("dropped", found == dropped, self.stats)
        different = {span for request in received for span in request}
        self.check("each arrived", len(different) == count, f"{len(different)} different")
        # Some libcurl loses an answer behind which the connection ends. haetae says so, and sends the request again.
        loses = "ended without a gRPC status" in self.diagnostics
        most = min(lost_answers_most, self.stats["retries"]) if loses else 0
        self.again = requests_again(received)
        self.check("each arrived once", self.again <= most,
                   f"{self.again} requests came again, {most} answers may have been lost")


def requests_again(received):
    """How many requests have a span that one before them had."""
    seen = set()
    again = 0
    for request in received:
        again += not seen.isdisjoint(request)
        seen.update(request)
    return again


class Table:
    def __init__(self, arguments, otelcol):
        self.arguments, self.otelcol = arguments, otelcol
        self.transport = arguments.protocol.split("/")[0]
        self.folder = arguments.build / f"proxy.{self.transport}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.keys = certificates.Certificates(self.folder / "keys")
        self.faulty = 0

    def run(self, directives, env=None, secure=False, **settings):
        """A case, what the collector received, and what nginx has logged."""
        received = self.folder / "received.jsonl"
        env = dict(env or {})
        if secure:
            env["OTEL_EXPORTER_OTLP_CERTIFICATE"] = str(self.keys.authority)
        with collector.Collector(self.otelcol, "jsonlines", received, self.transport) as running:
            with Proxy(self.arguments.protocol, running.port, directives, self.keys if secure else None) as proxy:
                case = Case(self.arguments, proxy, env, **settings).end()
                requests = proxy.requests()
        return case, outage.requests_of(received), requests

    def report(self, name, case, requests):
        self.faulty += bool(case.faults)
        statuses = dict(collections.Counter(request.status for request in requests))
        print(f"{name}: {len(requests)} requests by {len({request.connection for request in requests})} connections, "
              f"{statuses}, {case.again} again", *case.faults, sep="\n    ", flush=True)
        if case.faults:
            print(case.diagnostics)

    def keepalive(self):
        """Connections end after ten requests: by `Connection: close`, or GOAWAY."""
        for secure in (False, True):
            for compression in ("none", "gzip"):
                case, received, requests = self.run(f"keepalive_requests {KEEPALIVE_REQUESTS};",
                                                    {"OTEL_EXPORTER_OTLP_COMPRESSION": compression}, secure)
                ended = sum(request.number == KEEPALIVE_REQUESTS for request in requests)
                case.all_arrived(received, lost_answers_most=ended)
                most = max(request.number for request in requests)
                case.check("connections end after ten requests", most == KEEPALIVE_REQUESTS, most)
                case.check("connections", len({request.connection for request in requests}) >= 3, requests)
                protocols = {request.protocol for request in requests}
                case.check("HTTP", protocols == {"HTTP/2.0" if self.transport == "grpc" else "HTTP/1.1"}, protocols)
                self.report(f"keepalive_requests, {compression}, {'TLS' if secure else 'no TLS'}", case, requests)

    def refused_bodies(self):
        """Bodies that are too large (413) are split until they fit; a span that is too large alone is dropped."""
        limit = f"client_max_body_size {BODY_BYTES};"
        env = {"OTEL_BSP_SCHEDULE_DELAY": "300", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "8192"}
        case, received, requests = self.run(limit, env, pad=300, pace_us=0)
        case.all_arrived(received)
        taken = [request.length for request in requests if request.status == 200]
        case.check("some were refused", any(request.status == 413 for request in requests), requests)
        case.check("what was taken fits", max(taken) <= BODY_BYTES + 1024, max(taken))
        self.report("client_max_body_size", case, requests)
        case, received, requests = self.run(limit, env, pad=3 * BODY_BYTES, spans=3, pace_us=0)
        case.all_arrived(received, 0, too_large=3)
        self.report("spans that are too large", case, requests)

    def away(self):
        """There is no collector behind nginx at first, which answers 502."""
        received = self.folder / "received.jsonl"
        port = nginx_server.free_port()
        with Proxy(self.arguments.protocol, port) as proxy:
            case = Case(self.arguments, proxy, {})
            end = time.monotonic() + PATIENCE
            log = proxy.folder / "requests.log"
            while log.read_text().count("\n") < 3 and time.monotonic() < end:
                time.sleep(0.01)
            with collector.Collector(self.otelcol, "jsonlines", received, self.transport,
                                     listen={"endpoint": f"127.0.0.1:{port}"}):
                case.end()
                requests = proxy.requests()
        case.all_arrived(outage.requests_of(received))
        case.check("nginx answered 502 at first", requests[0].status in (502, 200), requests[0])
        case.check("tries again", case.stats["retries"] > 0, case.stats)
        self.report("no collector at first", case, requests)

    def all(self):
        self.keepalive()
        self.refused_bodies()
        self.away()
        return 1 if self.faulty else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=pathlib.Path, help="folder for what is made")
    parser.add_argument("--nginx", required=True)
    parser.add_argument("--program", required=True)
    parser.add_argument("--protocol", required=True, choices=["http/protobuf", "grpc"])
    arguments = parser.parse_args()
    arguments.build = arguments.build.resolve()
    nginx_server.NGINX = arguments.nginx
    try:
        if not os.access(arguments.nginx, os.X_OK):
            raise collector.Unavailable("nginx is not installed (Debian package: nginx)")
        return Table(arguments, collector.build(arguments.build)).all()
    except (collector.Unavailable, certificates.Unavailable) as reason:
        return environment.unavailable(reason)


if __name__ == "__main__":
    sys.exit(main())
