#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""haetae to a collector, and from that to a second one, which goes away in the middle of the load and comes back.

    outage.py --build DIR --program PROGRAM --variant queue|full|direct

What the first collector does meanwhile is its own configuration: `queue` keeps all that comes, `full` has room for one
request and refuses the others, so that haetae keeps them, `direct` answers haetae when the second one has answered.
Exits with 77 where a collector cannot be had, or with 1 when REQUIRE_ALL_TESTS is 1.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import time

import collector
import environment

HERE = pathlib.Path(__file__).resolve().parent
PATIENCE = 60
SPANS = 3000
PACE_US = 1500  # so the load lasts four seconds and more
AWAY_SECONDS = 0.8
QUEUES = {"queue": {"enabled": True, "queue_size": 100000},
          "full": {"enabled": True, "queue_size": 1, "num_consumers": 1},
          "direct": {"enabled": False}}
# (protocol, how the second one ends): in order, when nothing may arrive twice, or killed, when what it had taken but
# not answered comes again.
RUNS = (("http/protobuf", "stop"), ("grpc", "kill"))


def first_configuration(variant, protocol, second_port):
    retry = {"enabled": True, "initial_interval": "50ms", "max_interval": "200ms", "max_elapsed_time": "0s"}
    return {
        "receivers": {"otlp": {"protocols": {protocol.split("/")[0]: {"endpoint": "127.0.0.1:0"}}}},
        "exporters": {"otlp_grpc": {"endpoint": f"127.0.0.1:{second_port}", "tls": {"insecure": True},
                                    "timeout": "5s", "sending_queue": QUEUES[variant], "retry_on_failure": retry}},
        "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["otlp_grpc"]}},
                    "telemetry": {"metrics": {"level": "none"}, "logs": {"level": "error"}}},
    }


def requests_of(path):
    """The ids of the spans of each whole line, which is a request."""
    text = path.read_text() if path.exists() else ""
    return [[span["spanId"] for resource in json.loads(line).get("resourceSpans", ())
             for scope in resource["scopeSpans"] for span in scope["spans"]]
            for line in text.splitlines(keepends=True) if line.endswith("\n")]


def spans_of(path):
    return [span for request in requests_of(path) for span in request]


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited in vain: {what}")
        time.sleep(0.01)


def start_program(arguments, endpoint, protocol):
    env = environment.clean()
    env |= {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip", "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none",
            "OTEL_BSP_SCHEDULE_DELAY": "10", "HAETAE_RETRY_INITIAL_MS": "20", "HAETAE_RETRY_MAX_MS": "200"}
    return subprocess.Popen([arguments.program, str(SPANS), "10", str(PACE_US)], env=env, text=True,
                            stdout=subprocess.PIPE)


def load(arguments, programs, folder, protocol, end):
    """The statistics of haetae, and the ids of the spans that each life of the second collector received."""
    lives = [folder / f"second.{number}.jsonl" for number in range(2)]
    with collector.Collector(programs["second"], "jsonlines", lives[0], "grpc") as second:
        configuration = folder / "first.yaml"
        configuration.write_text(json.dumps(first_configuration(arguments.variant, protocol, second.port)))
        with collector.Running(programs["first"], folder / "first", [configuration]) as first:
            program = start_program(arguments, f"http://127.0.0.1:{first.port}", protocol)
            try:
                wait_until(lambda: len(spans_of(lives[0])) > 100, "spans before the outage")
                (second.stop if end == "stop" else second.kill)()
                time.sleep(AWAY_SECONDS)
                recording = program.poll() is None
                with collector.Collector(programs["second"], "jsonlines", lives[1], "grpc",
                                         listen={"endpoint": f"127.0.0.1:{second.port}"}) as again:
                    output, _ = program.communicate(timeout=PATIENCE)
                    first.stop()  # sends what is in its queue
                    again.stop()
            finally:
                program.kill()
                program.wait()
    return json.loads(output)["traces"], [spans_of(life) for life in lives], recording


def faults_of(stats, received, recording, end):
    faults = []
    ids = received[0] + received[1]
    dropped = {name: count for name, count in stats["dropped"].items() if count}
    if not recording:
        faults.append("the load was over before the outage was")
    if (stats["recorded"], stats["delivered"], stats["held"], dropped) != (SPANS, SPANS, 0, {}):
        faults.append(f"haetae says {stats}")
    if len(set(ids)) != SPANS:
        faults.append(f"{len(set(ids))} different spans arrived, not {SPANS}")
    if end == "stop" and len(ids) != SPANS:
        faults.append(f"{len(ids)} spans arrived, not {SPANS}")
    if not all(received):
        faults.append(f"one life received nothing: {[len(life) for life in received]}")
    return faults


def run(arguments, programs):
    faulty = 0
    for protocol, end in RUNS:
        folder = arguments.build / f"outage.{arguments.variant}.{protocol.split('/')[0]}"
        folder.mkdir(parents=True, exist_ok=True)
        stats, received, recording = load(arguments, programs, folder, protocol, end)
        faults = faults_of(stats, received, recording, end)
        ids = received[0] + received[1]
        print(f"{arguments.variant}, {protocol}, {end}: {len(received[0])} and {len(received[1])} spans, "
              f"{len(ids) - len(set(ids))} twice, {stats['retries']} tries again", *faults, sep="\n    ", flush=True)
        faulty += bool(faults)
    return 1 if faulty else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=pathlib.Path, help="folder for what is made")
    parser.add_argument("--program", required=True)
    parser.add_argument("--variant", default="queue", choices=list(QUEUES))
    parser.add_argument("--only-build", action="store_true", help="build the first collector, and run nothing")
    arguments = parser.parse_args()
    arguments.build = arguments.build.resolve()
    try:
        first = collector.build(arguments.build, ".", "tiers-otelcol", HERE / "tiers")
        if arguments.only_build:
            return 0
        return run(arguments, {"first": first, "second": collector.build(arguments.build)})
    except collector.Unavailable as reason:
        return environment.unavailable(reason)


if __name__ == "__main__":
    sys.exit(main())
