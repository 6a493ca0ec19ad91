#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One trace through three processes: haetae in C, and OpenTelemetry's SDKs for Go and Python.

    chain.py --build DIR --relay PROGRAM

Requests go through the three in every order, so that haetae is the first, the middle and the last. All send to one
OpenTelemetry Collector; what it received must be one trace for each request, with tracestate and baggage as they
began. Exits with 77, "skipped", when a package can't be fetched, or with 1 when REQUIRE_ALL_TESTS is 1."""
import argparse
import itertools
import json
import pathlib
import signal
import subprocess
import sys
import time
import urllib.request

import collector
import environment

HERE = pathlib.Path(__file__).resolve().parent
START_SECONDS = 60
TRACE_STATE = "vendor=a:b/c,other@tenant=1"
BAGGAGE = {"user": "%ED%9D%AC%2C", "tier": "gold;ttl=60"}
# What the services show of each member that came, and what each adds. There is no space in them: Python's API sends
# one as "+", which the others rightly read as a plus sign.
SHOWN = {"user": "희,", "tier": "gold;ttl=60"}
OWN = {"relay-c": ("hop-c", "해태,C"), "relay-go": ("hop-go", "Go;köстεr"),
       "relay-python": ("hop-python", "Python=뱀")}
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Relay:
    """One of the three services, which runs while the `with` block does."""

    def __init__(self, name, command, work, endpoint):
        self.name = name
        self.port_file = work / f"{name}.port"
        self.port_file.unlink(missing_ok=True)
        env = environment.clean()
        self.process = subprocess.Popen([*map(str, command), "--port-file", str(self.port_file)],
                                        env=env | {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint})

    def __enter__(self):
        deadline = time.monotonic() + START_SECONDS
        while not (self.port_file.exists() and self.port_file.read_text().strip()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise RuntimeError(f"{self.name} does not listen")
            time.sleep(0.02)
        self.url = f"http://127.0.0.1:{self.port_file.read_text().strip()}/"
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(60) != 0:
            raise RuntimeError(f"{self.name} ended with {self.process.returncode}")


def send(relays, headers):
    """A request through `relays` in their order."""
    body = []
    for relay in reversed(relays[1:]):
        body = [{"url": relay.url, "arguments": body}]
    request = urllib.request.Request(relays[0].url, json.dumps(body).encode(),
                                     {"Content-Type": "application/json", **headers})
    DIRECT.open(request, timeout=60).read()


def trace_of(number):
    return f"{0xABCDEF0123456789ABCDEF0123456789 + number:032x}"


def headers_of(number):
    return {"traceparent": f"00-{trace_of(number)}-00f067aa0ba902b7-03", "tracestate": TRACE_STATE,
            "baggage": ",".join(f"{name}={value}" for name, value in BAGGAGE.items())}


def spans_of(path):
    """All spans that the collector received, with their service."""
    found = []
    for line in path.read_text().splitlines():
        for group in json.loads(line).get("resourceSpans", ()):
            resource = attributes_of(group["resource"])
            for scope in group["scopeSpans"]:
                found += [dict(span, service=resource["service.name"], attributes=attributes_of(span))
                          for span in scope["spans"]]
    return found


def attributes_of(item):
    return {pair["key"]: next(iter(pair["value"].values()), None) for pair in item.get("attributes", ())}


class Trace:
    """The spans of a trace, and what is wrong with them."""

    def __init__(self, order, spans, label):
        self.order, self.label, self.faults = order, label, []
        self.by_id = {span["spanId"]: span for span in spans}
        self.spans = spans

    def check(self, what, found, wanted):
        if found != wanted:
            self.faults.append(f"{self.label}: {what}: {found!r}, not {wanted!r}")

    def path(self):
        """The chain from the last span up to the one without a known parent, turned round."""
        parents = {span.get("parentSpanId", "") for span in self.spans}
        leaves = [span for span in self.spans if span["spanId"] not in parents]
        self.check("spans without a child", len(leaves), 1)
        chain = leaves[:1]
        while chain and chain[-1].get("parentSpanId", "") in self.by_id:
            chain.append(self.by_id[chain[-1]["parentSpanId"]])
        return chain[::-1]

    def run(self, trace_state, remote_parent, first_baggage):
        chain = self.path()
        steps = [step for name in self.order for step in ((name, 2), (name, 3))][:-1]
        self.check("services and kinds", [(span["service"], span["kind"]) for span in chain], steps)
        self.check("spans", len(self.spans), len(steps))
        if chain:
            self.check("the first parent", chain[0].get("parentSpanId", ""), remote_parent)
        for span in self.spans:
            self.check(f"tracestate in {span['service']}", span.get("traceState", ""), trace_state)
        self.check_baggage(chain, dict(first_baggage))

    def check_baggage(self, chain, expected):
        for span in chain:
            if span["kind"] != 2:
                continue
            service = span["service"]
            wanted = {f"baggage.{name}": value for name, value in expected.items()}
            found = {key: value for key, value in span["attributes"].items() if key.startswith("baggage.")}
            self.check(f"baggage in {service}", found, wanted)
            name, value = OWN[service]
            expected[name] = value


def check_all(received, orders):
    by_trace = {}
    for span in received:
        by_trace.setdefault(span["traceId"], []).append(span)
    faults = []
    for number, order in enumerate(orders):
        trace = Trace(order, by_trace.pop(trace_of(number), []), " → ".join(order))
        trace.run(TRACE_STATE, "00f067aa0ba902b7", SHOWN)
        faults += trace.faults
    # The requests without headers: the first service begins the trace.
    for spans in by_trace.values():
        roots = [span["service"] for span in spans if not span.get("parentSpanId")]
        order = next((order for order in orders if [order[0]] == roots), ("?",))
        seen = sorted({span["service"] for span in spans})
        trace = Trace(order, spans, f"begun by {roots}")
        trace.check("services", seen, sorted(OWN))
        trace.run("", "", {})
        faults += trace.faults
    wanted = len({order[0] for order in orders})
    if len(by_trace) != wanted:
        faults.append(f"traces that a service began: {len(by_trace)}, not {wanted}")
    return faults


def unnoticed(received, orders):
    """Changes of what was received that the check does not notice: there must be none."""
    missed = [f"without span {i}" for i in range(len(received))
              if not check_all(received[:i] + received[i + 1:], orders)]
    for i, span in enumerate(received):
        for key, value in (("traceId", "1" * 32), ("parentSpanId", "2" * 16), ("traceState", "vendor=other"),
                           ("kind", 1), ("service", "relay-c" if span["service"] != "relay-c" else "relay-go"),
                           ("attributes", {**span["attributes"], "baggage.user": "other"})):
            changed = received[:i] + [{**span, key: value}] + received[i + 1:]
            if not (key == "attributes" and span["kind"] != 2) and not check_all(changed, orders):
                missed.append(f"{key} of span {i}")
    return missed


def run(arguments, otelcol, go_relay):
    received = arguments.build / "chain.jsonl"
    orders = list(itertools.permutations(OWN))
    with collector.Collector(otelcol, "jsonlines", received) as running:
        commands = {"relay-c": [arguments.relay], "relay-go": [go_relay],
                    "relay-python": [sys.executable, HERE / "relay.py"]}
        with Relay("relay-c", commands["relay-c"], arguments.build, running.endpoint) as c, \
                Relay("relay-go", commands["relay-go"], arguments.build, running.endpoint) as go, \
                Relay("relay-python", commands["relay-python"], arguments.build, running.endpoint) as python:
            relays = {relay.name: relay for relay in (c, go, python)}
            for number, order in enumerate(orders):
                send([relays[name] for name in order], headers_of(number))
            for first in OWN:
                order = next(order for order in orders if order[0] == first)
                send([relays[name] for name in order], {})
        running.stop()
    spans = spans_of(received)
    faults = check_all(spans, orders)
    faults += [f"a change that nothing noticed: {change}" for change in unnoticed(spans, orders)]
    for fault in faults:
        print(fault)
    print(f"{len(orders)} orders of {', '.join(OWN)}, and {len(OWN)} traces that one of them begins: "
          f"{len(spans)} spans in the collector, {len(faults)} faults")
    return 1 if faults else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--relay", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.build = arguments.build.resolve()
    try:
        otelcol = collector.build(arguments.build)
        go_relay = collector.build(arguments.build, "./relay", "relay-go")
    except collector.Unavailable as reason:
        return environment.unavailable(reason)
    return run(arguments, otelcol, go_relay)


if __name__ == "__main__":
    sys.exit(main())
