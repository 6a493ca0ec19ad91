#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The configurations of examples/scale in a real OpenTelemetry Collector, with haetae's settings from there.

    scale.py validate --build DIR
    scale.py direct   --build DIR --program PROGRAM
    scale.py kafka    --build DIR --program PROGRAM --jars DIR

`direct` and `kafka` send traces that pass through three processes by all tiers to two samplers. Each trace with an error must
arrive whole, of all processes, and any other one whole or not at all. Exits with 77 where a collector or the
broker cannot be had, or with 1 when REQUIRE_ALL_TESTS is 1.
"""

import argparse
import collections
import contextlib
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "kafka"))

import broker  # noqa: E402
import collector  # noqa: E402
import environment  # noqa: E402
import outage  # noqa: E402

CONFIGURATIONS = HERE.parents[1] / "examples" / "scale"
PROCESSES = 3
TRACES = 1000
SPANS = 2  # of a trace in each process
PARTITIONS = 8
# Ports that the kernel picks, no TLS, no metrics of the collector's own, and decisions that a test can wait for.
ENV = {"AGENT_GRPC": "127.0.0.1:0", "GATEWAY_GRPC": "127.0.0.1:0", "SAMPLER_GRPC": "127.0.0.1:0", "INSECURE": "true",
       "DECISION_WAIT": "4s", "SOME_PERCENT": "5"}
QUIET = {"service": {"telemetry": {"metrics": {"level": "none"}, "logs": {"level": "error"}}}}


class Tiers:
    """Collectors of one run."""

    def __init__(self, program, folder, stack):
        self.program, self.folder, self.stack = program, folder, stack
        self.quiet = folder / "quiet.yaml"
        self.quiet.write_text(json.dumps(QUIET))

    def start(self, name, configuration, listens=True, **env):
        files = [CONFIGURATIONS / configuration, self.quiet]
        running = collector.Running(self.program, self.folder / name, files, listens, ENV | env)
        return self.stack.enter_context(running)


def settings_of(name):
    """The variables of a file of settings."""
    lines = (CONFIGURATIONS / name).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def run_programs(arguments, settings):
    """Runs haetae in all processes at once; `settings` has the variables of each. Returns the statistics of each, and
    those of its diagnostics that name a variable, as one that it does not know."""
    clean = environment.clean()
    running = [subprocess.Popen([arguments.program, str(TRACES), str(SPANS), str(number)], text=True,
                                env=clean | {"OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"} | env,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
               for number, env in enumerate(settings)]
    try:
        ended = [process.communicate(timeout=60) for process in running]
        return [dict(json.loads(output)["traces"],
                     complaints=[line for line in said.splitlines() if "OTEL_" in line or "HAETAE_" in line])
                for output, said in ended]
    finally:
        for process in running:
            process.kill()
            process.wait()


def traces_of(path):
    """The number of spans of each trace that the backend received, by the trace's number."""
    found = collections.Counter()
    text = path.read_text() if path.exists() else ""
    for line in text.splitlines(keepends=True):
        if line.endswith("\n"):
            for resource in json.loads(line).get("resourceSpans", ()):
                for scope in resource["scopeSpans"]:
                    for span in scope["spans"]:
                        number = next(one for one in span["attributes"] if one["key"] == "trace.number")
                        found[int(number["value"]["intValue"])] += 1
    return found


def check(said, received):
    """Whether each trace with an error arrived, and each that arrived is whole."""
    faults = [f"haetae says {one}" for one in said
              if one["delivered"] != TRACES * SPANS or one["dropped_total"] != 0 or one["complaints"]]
    missing = [number for number in range(0, TRACES, 10) if number not in received]
    broken = {number: count for number, count in received.items() if count != PROCESSES * SPANS}
    others = [number for number in received if number % 10 != 0]
    if missing:
        faults.append(f"traces with an error that did not arrive: {missing}")
    if broken:
        faults.append(f"traces that are not whole: {broken}")
    if not 0 < len(others) < TRACES // 5:
        faults.append(f"{len(others)} other traces arrived")
    print(f"{len(received)} of {TRACES} traces arrived, {len(others)} of them without an error", *faults, sep="\n    ")
    return 1 if faults else 0


def await_errors(received):
    """Waits until all traces that must arrive are there, as far as they come."""
    with contextlib.suppress(RuntimeError):
        outage.wait_until(lambda: set(range(0, TRACES, 10)) <= set(traces_of(received)), "traces with errors")


def direct(arguments, tiers_program, backend_program):
    """haetae → agents → gateway → samplers → backend."""
    folder = arguments.build / "scale.direct"
    folder.mkdir(parents=True, exist_ok=True)
    received = folder / "backend.jsonl"
    with contextlib.ExitStack() as stack:
        backend = stack.enter_context(collector.Collector(backend_program, "jsonlines", received, "grpc"))
        tiers = Tiers(tiers_program, folder, stack)
        samplers = [tiers.start(f"sampler{i}", "sampler.yaml", BACKEND=f"127.0.0.1:{backend.port}") for i in range(2)]
        gateway = tiers.start("gateway", "gateway.yaml",
                              SAMPLERS=json.dumps([f"127.0.0.1:{sampler.port}" for sampler in samplers]))
        agents = [tiers.start(f"agent{i}", "agent.yaml", GATEWAY=f"127.0.0.1:{gateway.port}") for i in range(2)]
        settings = settings_of("haetae.env") | {"OTEL_TRACES_SAMPLER_ARG": "1"}
        said = run_programs(arguments, [
            settings | {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{agents[number % 2].port}"}
            for number in range(PROCESSES)])
        await_errors(received)
        for running in (*agents, gateway, *samplers, backend):
            running.stop()
    return check(said, traces_of(received))


def kafka(arguments, tiers_program, backend_program):
    """haetae → Kafka, and haetae → agent → Kafka; then samplers → backend. Keys and partitions of both must agree."""
    folder = arguments.build / "scale.kafka"
    folder.mkdir(parents=True, exist_ok=True)
    received = folder / "backend.jsonl"
    more = (CONFIGURATIONS / "kafka" / "server.properties").read_text()
    with contextlib.ExitStack() as stack:
        running = stack.enter_context(broker.Broker(arguments.jars, more))
        env = {"PATH": f"{running.write_tools()}:{os.environ['PATH']}", "BROKERS": running.address, "PARTITIONS": str(PARTITIONS),
               "REPLICAS": "1", "IN_SYNC": "1"}
        subprocess.run(["sh", str(CONFIGURATIONS / "kafka" / "topics.sh")], check=True, env=os.environ | env,
                       stdout=subprocess.DEVNULL)
        backend = stack.enter_context(collector.Collector(backend_program, "jsonlines", received, "grpc"))
        tiers = Tiers(tiers_program, folder, stack)
        brokers = json.dumps([running.address])
        samplers = [tiers.start(f"sampler{i}", "sampler_kafka.yaml", listens=False, BROKERS=brokers,
                                BACKEND=f"127.0.0.1:{backend.port}") for i in range(2)]
        agent = tiers.start("agent", "agent_kafka.yaml", BROKERS=brokers)
        by_agent = settings_of("haetae.env") | {"OTEL_TRACES_SAMPLER_ARG": "1",
                                                "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{agent.port}"}
        alone = settings_of("haetae_kafka.env") | {"OTEL_TRACES_SAMPLER_ARG": "1",
                                                   "HAETAE_KAFKA_BROKERS": running.address}
        said = run_programs(arguments, [alone, by_agent, alone])
        await_errors(received)
        for one in (agent, *samplers, backend):
            one.stop()
    return check(said, traces_of(received))


def validate(program, build):
    """Every file, and that a misspelled key is found."""
    files = sorted(CONFIGURATIONS.glob("*.yaml"))
    faulty = 0
    for path in files:
        ended = subprocess.run([program, "validate", "--config", f"file:{path}"], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        print(f"{path.name}: {'valid' if ended.returncode == 0 else ended.stdout}")
        faulty += ended.returncode != 0
    wrong_file = build / "scale.wrong.yaml"
    wrong_file.write_text(json.dumps({"receivers": {"otlp": {"protocols": {"grpc": {"endpiont": "x"}}}}}))
    wrong = subprocess.run([program, "validate", "--config", f"file:{files[0]}", "--config",
                            f"file:{wrong_file}"], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
    if wrong.returncode == 0:
        print("a misspelled key is not noticed")
    return 1 if faulty or wrong.returncode == 0 or len(files) < 5 else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["validate", "direct", "kafka"])
    parser.add_argument("--build", required=True, type=pathlib.Path, help="folder for what is made")
    parser.add_argument("--program")
    parser.add_argument("--jars", type=pathlib.Path, help="folder for the broker")
    arguments = parser.parse_args()
    arguments.build = arguments.build.resolve()
    try:
        tiers_program = collector.build(arguments.build, ".", "tiers-otelcol", HERE / "tiers")
        if arguments.what == "validate":
            return validate(tiers_program, arguments.build)
        run = direct if arguments.what == "direct" else kafka
        return run(arguments, tiers_program, collector.build(arguments.build))
    except (collector.Unavailable, broker.Unavailable) as reason:
        return environment.unavailable(reason)


if __name__ == "__main__":
    sys.exit(main())
