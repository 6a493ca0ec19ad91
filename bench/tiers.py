#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures what the tiers of examples/scale cost: CPU time of a Collector for a span, and memory of a sampler.

    tiers.py --build DIR --program PROGRAM --jars DIR [--write FILE]

DIR is where the collectors of tests/interop are built, PROGRAM is interop_scale. One tier at a time gets traces of ten
spans, in the form in which the tier before sends them. CPU time depends little on what else the machine does.
"""

import argparse
import contextlib
import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "interop"), str(ROOT / "tests" / "kafka")]

import broker  # noqa: E402
import collector  # noqa: E402
import outage  # noqa: E402
import scale  # noqa: E402

TRACES = 10000
SPANS = 10  # of a trace
WARM_TRACES = 500


class Bench:
    def __init__(self, arguments, stack):
        self.arguments, self.stack = arguments, stack
        self.folder = arguments.build / "tiers_cost"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.program = collector.build(arguments.build, ".", "tiers-otelcol", scale.HERE / "tiers")
        self.tiers = scale.Tiers(self.program, self.folder, stack)
        self.received = self.folder / "backend.json"
        self.backend_program = collector.build(arguments.build)

    def backend(self, name="backend"):
        return self.stack.enter_context(collector.Collector(
            self.backend_program, "count", self.folder / f"{name}.json", "grpc"))

    def send(self, traces, file="haetae.env", **env):
        """Has haetae record and send that many traces, all of them."""
        settings = scale.settings_of(file) | {"OTEL_TRACES_SAMPLER_ARG": "1"} | env
        scale.TRACES, scale.SPANS = traces, SPANS
        (said,) = scale.run_programs(self.arguments, [settings])
        if said["delivered"] != traces * SPANS or said["dropped_total"]:
            raise RuntimeError(f"haetae says {said}")

    def cost(self, running, done=lambda: None, **env):
        """CPU time of a collector for a span, in ns, of what is sent after some to warm it up."""
        self.send(WARM_TRACES, **env)
        done()
        before = running.cpu_seconds()
        self.send(TRACES, **env)
        done()
        return (running.cpu_seconds() - before) * 1e9 / (TRACES * SPANS)

    @staticmethod
    def settled(running):
        """Waits until a collector is idle: what it has in queues, or waits with, is through."""
        seen = [running.cpu_seconds()]

        def idle():
            outage.time.sleep(0.7)
            seen.append(running.cpu_seconds())
            return seen[-1] - seen[-2] < 0.03
        outage.wait_until(idle, "an idle collector")

    def measure_to(self, running, **env):
        endpoint = f"http://127.0.0.1:{running.port}"
        return self.cost(running, lambda: self.settled(running), OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, **env)

    # ---- Tiers -----------------------------------------------------------------------------

    def agent(self):
        backend = self.backend()
        return self.measure_to(self.tiers.start("agent", "agent.yaml", GATEWAY=f"127.0.0.1:{backend.port}"))

    def gateway(self):
        hosts = json.dumps([f"127.0.0.1:{self.backend(f'backend{number}').port}" for number in range(4)])
        return self.measure_to(self.tiers.start("gateway", "gateway.yaml", SAMPLERS=hosts),
                               OTEL_EXPORTER_OTLP_COMPRESSION="gzip")

    def sampler(self):
        backend = self.backend()
        running = self.tiers.start("sampler", "sampler.yaml", BACKEND=f"127.0.0.1:{backend.port}", DECISION_WAIT="1s",
                                   SOME_PERCENT="1")
        return self.measure_to(running, OTEL_EXPORTER_OTLP_COMPRESSION="gzip")

    def sampler_memory(self):
        """Bytes of memory for a span that waits for its trace's decision."""
        backend = self.backend()
        running = self.tiers.start("sampler", "sampler.yaml", BACKEND=f"127.0.0.1:{backend.port}", DECISION_WAIT="600s")
        endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{running.port}"}
        self.send(WARM_TRACES, **endpoint)
        before = running.resident_bytes()
        self.send(TRACES, **endpoint)
        after = running.resident_bytes()
        running.kill()
        return (after - before) / (TRACES * SPANS)

    def kafka(self):
        """CPU time of an agent that writes to Kafka, and of a sampler that reads it."""
        running = self.stack.enter_context(broker.Broker(self.arguments.jars))
        running.create_topic("otlp_spans", 8)
        brokers = json.dumps([running.address])
        backend = self.backend()
        sampler = self.tiers.start("sampler_kafka", "sampler_kafka.yaml", listens=False, BROKERS=brokers,
                                   BACKEND=f"127.0.0.1:{backend.port}", DECISION_WAIT="1s", SOME_PERCENT="1")
        agent = self.tiers.start("agent_kafka", "agent_kafka.yaml", BROKERS=brokers)
        endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{agent.port}"}

        def done():
            self.settled(agent)
            self.settled(sampler)
        self.send(WARM_TRACES, **endpoint)
        done()
        before = agent.cpu_seconds(), sampler.cpu_seconds()
        self.send(TRACES, **endpoint)
        done()
        return [(now - then) * 1e9 / (TRACES * SPANS)
                for now, then in zip((agent.cpu_seconds(), sampler.cpu_seconds()), before)]


def measure(arguments):
    figures = {}
    for name in ("agent", "gateway", "sampler", "sampler_memory"):
        with contextlib.ExitStack() as stack:
            figures[name] = getattr(Bench(arguments, stack), name)()
        print(f"{name} {figures[name]:.0f}", flush=True)
    with contextlib.ExitStack() as stack:
        figures["agent_kafka"], figures["sampler_kafka"] = Bench(arguments, stack).kafka()
    print(f"agent_kafka {figures['agent_kafka']:.0f}\nsampler_kafka {figures['sampler_kafka']:.0f}")
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--program", required=True)
    parser.add_argument("--jars", required=True, type=pathlib.Path)
    parser.add_argument("--write", type=pathlib.Path, help="the file of figures, which scripts/scale.py reads")
    arguments = parser.parse_args()
    arguments.build = arguments.build.resolve()
    print(f"CPU time of a span in ns, bytes of memory; load {os.getloadavg()[0]:.1f} before")
    figures = measure(arguments)
    if arguments.write:
        arguments.write.write_text("".join(f"{name} {value:.0f}\n" for name, value in figures.items()))


if __name__ == "__main__":
    main()
