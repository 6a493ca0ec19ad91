#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Everything by way of Kafka: a real broker, and a real OpenTelemetry Collector that reads its topics.

    kafka.py --build DIR --jars DIR --program PROGRAM

Exits with 77 where broker or collector cannot be had, or with 1 when REQUIRE_ALL_TESTS is 1 in the environment.
"""

import argparse
import contextlib
import io
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "kafka"))

import broker  # noqa: E402
import collector  # noqa: E402
import compare  # noqa: E402
import environment  # noqa: E402

PROGRAM_SECONDS = 540
ARRIVAL_SECONDS = 60
# Log records are compared in their order, which only a partition has.
PARTITIONS = {"otlp_spans": 6, "otlp_metrics": 1, "otlp_logs": 1}


def run_program(program, expected, brokers):
    env = environment.clean()
    env["HAETAE_KAFKA_BROKERS"] = brokers
    env["HAETAE_KAFKA_COMPRESSION"] = "zstd"
    return subprocess.run([program, str(expected)], env=env,
                          timeout=PROGRAM_SECONDS).returncode


def await_all(expected, received):
    """Waits until all has arrived, or for as long as may be: the collector does not say when it has read all."""
    deadline = time.monotonic() + ARRIVAL_SECONDS
    while time.monotonic() < deadline:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(ValueError, OSError):
            comparison = compare.Comparison(compare.read_expectation(expected))
            if not compare.report(comparison, compare.read_requests(received)):
                return
        time.sleep(0.5)


def everything(arguments, program, running):
    expected = arguments.build / "kafka.expected.jsonl"
    received = arguments.build / "kafka.received.jsonl"
    for topic, partitions in PARTITIONS.items():
        running.create_topic(topic, partitions)
    with collector.Collector(program, "jsonlines", received, "kafka", running.address) as reading:
        code = run_program(arguments.program, expected, running.address)
        await_all(expected, received)
        reading.stop()
        print(reading.log())
    comparison = compare.Comparison(compare.read_expectation(expected))
    if code != 0:
        print(f"the program ended with {code}")
    return 1 if compare.report(comparison, compare.read_requests(received)) or code != 0 else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=pathlib.Path, help="folder for what is made")
    parser.add_argument("--jars", required=True, type=pathlib.Path, help="folder for the broker")
    parser.add_argument("--program", required=True)
    arguments = parser.parse_args()
    arguments.build = arguments.build.resolve()
    try:
        program = collector.build(arguments.build)
        running = broker.Broker(arguments.jars)
    except (collector.Unavailable, broker.Unavailable) as reason:
        return environment.unavailable(reason)
    with running:
        return everything(arguments, program, running)


if __name__ == "__main__":
    sys.exit(main())
