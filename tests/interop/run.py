#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a test program against a real OpenTelemetry Collector.

    run.py collector  --build DIR                    builds the collector only
    run.py everything --build DIR --program PROGRAM  compares field by field
    run.py volume     --build DIR --program PROGRAM  counts a million of each

When the collector cannot be built, run.py prints why and exits with 77, or with 1
when REQUIRE_ALL_TESTS is 1 in the environment.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import time

import collector
import compare
import environment

VOLUME_COUNT = 1_000_000
PROGRAM_SECONDS = 540


def run_program(program, arguments, endpoint, protocol):
    """Runs the program with no setting of haetae in its environment but endpoint and protocol."""
    env = environment.clean()
    env["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint
    env["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol
    ended = subprocess.run([program, *map(str, arguments)], env=env,
                           timeout=PROGRAM_SECONDS)
    return ended.returncode


def transport_of(arguments):
    return arguments.protocol.split("/")[0]


def everything(arguments, program):
    form = arguments.protocol.replace("/", "_")
    expected = arguments.build / f"{form}.expected.jsonl"
    received = arguments.build / f"{form}.received.jsonl"
    with collector.Collector(program, "jsonlines", received, transport_of(arguments)) as running:
        code = run_program(arguments.program, [expected], running.endpoint, arguments.protocol)
        running.stop()
        log = running.log()
    if log:
        print(f"the collector says:\n{log}")
    comparison = compare.Comparison(compare.read_expectation(expected))
    requests = compare.read_requests(received)
    differing = compare.report(comparison, requests)
    if code != 0:
        print(f"the program ended with {code}")
    if code != 0 or differing:
        return 1
    if arguments.self_test and compare.report_self_test(comparison, requests):
        return 1
    return 0


def _check(name, found, expected):
    print(f"{name}: {found}" + ("" if found == expected else f", should be {expected}"))
    return found == expected


def _check_recorded(signal, totals, count):
    """Checks the library's own statistics of a signal."""
    held = {name: int(totals[name]) for name in ("recorded", "delivered", "held")}
    dropped = {reason: int(n) for reason, n in totals["dropped"].items() if int(n)}
    good = [_check(f"{signal} recorded", held["recorded"], count),
            _check(f"{signal} delivered", held["delivered"], count),
            _check(f"{signal} held", held["held"], 0),
            _check(f"{signal} dropped", dropped, {})]
    return all(good)


def _check_received(totals, count, transport):
    """Checks what the collector counted."""
    names = ("spans", "distinct_spans", "distinct_span_seqs", "logs", "distinct_log_seqs",
             "logs_of_a_span")
    good = [_check(f"collector: {name}", totals[name], count) for name in names]
    if transport == "http":  # the collector does not show that of gRPC
        good.append(_check("collector: encodings", sorted(totals["requests"]), ["gzip"]))
    print(f"collector: requests: {totals['requests']}")
    return all(good)


def volume(arguments, program):
    form = arguments.protocol.replace("/", "_")
    recorded = arguments.build / f"{form}.volume.recorded.json"
    received = arguments.build / f"{form}.volume.received.json"
    start = time.monotonic()
    with collector.Collector(program, "count", received, transport_of(arguments)) as running:
        code = run_program(arguments.program, [arguments.count, recorded], running.endpoint,
                           arguments.protocol)
        running.stop()
        log = running.log()
    if log:
        print(f"the collector says:\n{log}")
    totals = json.loads(recorded.read_text())
    good = [_check("the program's end", code, 0)]
    good += [_check_recorded(signal, totals[signal], arguments.count)
             for signal in ("traces", "logs")]
    good.append(_check_received(json.loads(received.read_text()), arguments.count,
                                transport_of(arguments)))
    print(f"{totals['seconds']:.1f} s from the first record to the end of shutdown, "
          f"{time.monotonic() - start:.1f} s with the collector's start and end")
    return 0 if all(good) else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["collector", "everything", "volume"])
    parser.add_argument("--build", required=True, type=pathlib.Path, help="folder for what is made")
    parser.add_argument("--program", help="the test program")
    parser.add_argument("--self-test", action="store_true",
                        help="also check that the comparison notices every change")
    parser.add_argument("--protocol", choices=["grpc", "http/protobuf", "http/json"],
                        default="http/protobuf")
    parser.add_argument("--count", type=int, default=VOLUME_COUNT)
    arguments = parser.parse_args()
    arguments.build = arguments.build.resolve()
    try:
        program = collector.build(arguments.build)
    except collector.Unavailable as reason:
        return environment.unavailable(reason)
    if arguments.what == "collector":
        print(program)
        return 0
    return {"everything": everything, "volume": volume}[arguments.what](arguments, program)


if __name__ == "__main__":
    sys.exit(main())
