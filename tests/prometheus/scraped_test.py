#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""That a real Prometheus gets what a service has recorded.

Usage: scraped_test.py --service <program> --prometheus <program> --promtool <program> [--steps N]
Two servers scrape the service: one by OpenMetrics, one by protobuf, which it takes when native
histograms are switched on. promtool checks the text page. The servers listen on 127.0.0.1 alone.
"""
import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

PATIENCE_S = 60
BOUNDS = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000]

CONFIGURATION = """
global: {{scrape_interval: 500ms, scrape_timeout: 450ms}}
scrape_configs:
  - job_name: haetae
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


class Service:
    def __init__(self, program, steps):
        self.process = subprocess.Popen([program, str(steps), "100"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])

    def record(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        _, steps, total = self.process.stdout.readline().split()
        return int(steps), float(total)

    def page(self, accept):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/metrics", headers={"Accept": accept})
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return answer.read().decode()

    def end(self):
        self.process.stdin.close()
        return self.process.wait(PATIENCE_S)


class Prometheus:
    """A server with a data directory of its own."""

    def __init__(self, program, folder, target, features):
        folder.mkdir()
        (folder / "prometheus.yml").write_text(CONFIGURATION.format(port=target))
        self.log = open(folder / "log", "w", encoding="utf-8")
        self.path = folder / "log"
        self.port = free_port()
        self.process = subprocess.Popen(
            [program, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{self.port}", f"--enable-feature={features}"],
            stdout=self.log, stderr=subprocess.STDOUT)

    def ask(self, path, **parameters):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
            return json.load(answer)["data"]

    def query(self, expression):
        return self.ask("query", query=expression)["result"]

    def value(self, expression):
        result = self.query(expression)
        return float(result[0]["value"][1]) if len(result) == 1 else None

    def wait_for(self, expression, value):
        """Waits until a query has this value; fails when it does not come to have it."""
        end = time.monotonic() + PATIENCE_S
        seen = None
        while time.monotonic() < end:
            try:
                seen = self.value(expression)
            except OSError:
                seen = "no answer"
            if seen == value:
                return
            time.sleep(0.2)
        raise AssertionError(f"{expression} is {seen}, not {value}\n{self.path.read_text()[-3000:]}")

    def end(self):
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self.log.close()


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def expect(what, found, wanted):
    if found != wanted:
        raise AssertionError(f"{what}: {found}, not {wanted}")


def check_counter(server, steps):
    server.wait_for("dispatch_rides_total", 5 * steps)
    series = server.query("dispatch_rides_total[10m]")
    expect("series", len(series), 1)
    expect("label", series[0]["metric"]["http_route"], '/a"b\\c\n')
    expect("scope", series[0]["metric"]["otel_scope_name"], "test.service")
    samples = [(float(at), float(value)) for at, value in series[0]["values"]]
    values = [value for _, value in samples]
    expect("order", values, sorted(values))
    expect("parts of a step", [v for v in values if v % 5 != 0], [])
    expect("resets", server.value("resets(dispatch_rides_total[10m])"), 0)
    # The rate between two scrapes is what was recorded between them.
    (start, first), (end, last) = samples[0], samples[-1]
    rate = server.ask("query", query=f"irate(dispatch_rides_total[10m])", time=samples[-1][0])["result"]
    (before, low), (after, high) = samples[-2:]
    if not math.isclose(float(rate[0]["value"][1]), (high - low) / (after - before), rel_tol=1e-3):
        raise AssertionError(f"irate is {rate}, samples are {samples[-2:]}")
    if not end > start or last < first:
        raise AssertionError(f"too few samples: {samples}")


def check_histogram(server, steps, total):
    values = [i % 8 * 1.25 for i in range(steps)]
    server.wait_for("ride_duration_seconds_count", steps)
    expect("sum", server.value("ride_duration_seconds_sum"), total)
    for bound in BOUNDS:
        found = [r for r in server.query("ride_duration_seconds_bucket") if float(r["metric"]["le"]) == bound]
        expect(f"le={bound}", [float(r["value"][1]) for r in found], [sum(v <= bound for v in values)])
    expect("le=+Inf", server.value('ride_duration_seconds_bucket{le="+Inf"}'), steps)


def check_exemplars(server, steps):
    """Each exemplar is a measurement that was recorded, with the span of its step, in its bucket."""
    now = time.time()
    for name in ("dispatch_rides_total", "ride_duration_seconds_bucket"):
        found = server.ask("query_exemplars", query=name, start=now - 600, end=now + 60)
        seen = 0
        for series in found:
            for exemplar in series["exemplars"]:
                seen += 1
                trace_id, span_id = exemplar["labels"]["trace_id"], exemplar["labels"]["span_id"]
                step = int(trace_id[-4:], 16)
                expect("trace id", trace_id, f"ab{step:030x}")
                expect("span id", span_id, f"cd{step:014x}")
                expect("a step", step < steps, True)
                value = float(exemplar["value"])
                expect(f"value of step {step}", value, 5 if name.startswith("dispatch") else step % 8 * 1.25)
                if "le" in series["seriesLabels"] and value > float(series["seriesLabels"]["le"]):
                    raise AssertionError(f"{value} is in the bucket of {series['seriesLabels']['le']}")
        if seen == 0:
            raise AssertionError(f"{name} has no exemplars: {found}")


def check_metadata(server):
    found = server.ask("metadata")
    expect("type", [m["type"] for m in found.get("dispatch_rides", found.get("dispatch_rides_total"))], ["counter"])
    expect("help", found["ride_duration_seconds"][0]["help"], 'Time of "rides"\n')
    expect("target", len(server.query('target_info{service_name="scraped"}')), 1)


def check_page(service, promtool):
    page = service.page("text/plain")
    lint = subprocess.run([promtool, "check", "metrics"], input=page, text=True, capture_output=True, check=False)
    if lint.returncode != 0:
        raise AssertionError(f"promtool: {lint.stdout}{lint.stderr}{page}")


def check(arguments, folder):
    service = Service(arguments.service, arguments.steps)
    servers = []
    try:
        for name, features in (("openmetrics", "exemplar-storage"),
                               ("protobuf", "exemplar-storage,native-histograms")):
            servers.append(Prometheus(arguments.prometheus, folder / name, service.port, features))
        for server in servers:
            server.wait_for("up", 1)
        steps, total = service.record()
        check_page(service, arguments.promtool)
        for server in servers:
            check_counter(server, steps)
            check_histogram(server, steps, total)
            check_exemplars(server, steps)
            server.wait_for("waiting", sum(3 if i % 2 == 0 else -4 for i in range(steps)))
            check_metadata(server)
            expect("up", server.value("min_over_time(up[10m])"), 1)
    finally:
        for server in servers:
            server.end()
        ended = service.end()
    expect("end of the service", ended, 0)


def main():
    parser = argparse.ArgumentParser()
    for name in ("service", "prometheus", "promtool"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--steps", type=int, default=30, help="of 100 ms; 600 are a minute")
    with tempfile.TemporaryDirectory(prefix="haetae-prometheus-") as folder:
        check(parser.parse_args(), Path(folder))


if __name__ == "__main__":
    sys.exit(main())
