# SPDX-License-Identifier: Apache-2.0
"""Runs the example of callbacks in one language, and checks what it counts and what arrives.

    run_callbacks.py LANGUAGE --prefix PREFIX --libdir LIBDIR

PREFIX has haetae installed. Exits with 77, "skipped", when the language's tools are missing, or with 1 when
REQUIRE_ALL_TESTS is 1."""
import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import languages
import receiver

EXIT_SKIPPED = 77


class Expected:
    """What the program of one language makes: it has this many threads with 50 spans each."""

    def __init__(self, language, threads):
        self.language, self.threads = language, threads

    def counts(self):
        return {"errors in decide": self.threads, "errors in detect_nothing": 1, "errors in extract": 1,
                "errors in on_emit": 1, "errors in on_end": 25 * self.threads, "shutdowns": 1,
                "spans that ended": 50 * self.threads + 2}

    def names(self):
        return {"even": 25 * self.threads, "odd": 25 * self.threads, "sender": 1, "receiver": 1}


def last_metrics(received):
    """The last points of each metric, as {name: {place: value}}."""
    found = {}
    for group in received["metrics"]:
        for metric in group["items"]:
            found[metric["name"]] = {attributes.get("place", ("", ""))[1]: value
                                     for attributes, _, value in metric["points"]}
    return found


def metric_problems(counts, received):
    """`counts` loses what is not the same in each run: how often there was a collection."""
    rounds, failures = counts.pop("rounds", 0), counts.pop("errors in break_down", 0)
    if not 0 < failures < rounds:
        yield f"{rounds} rounds, {failures} of the callback that was unregistered"
    before = {attributes.get("place", ("", ""))[1] for group in received["metrics"] for metric in group["items"]
              for attributes, _, _ in metric["points"]}
    if "nowhere" not in before:
        yield "what was observed before the error is missing"
    last = last_metrics(received)
    if last != {"temperature": {"cellar": 12.5, "attic": 31.0}, "rounds": {"": rounds}}:
        yield f"metrics: {last}, after {rounds} rounds"


def problems(expected, counts, running):
    """Yields a line for each thing that is not as it should be."""
    yield from metric_problems(counts, running.everything())
    if counts != expected.counts():
        yield f"counts: {counts}, not {expected.counts()}"
    received = running.everything()
    spans = [span for group in received["traces"] for span in group["items"]]
    names = dict(collections.Counter(span["name"] for span in spans))
    if names != expected.names():
        yield f"spans: {names}, not {expected.names()}"
    wanted = {"sampled.by": ("string_value", expected.language), "started.in": ("string_value", expected.language)}
    for attributes in {json.dumps(span["attributes"], sort_keys=True) for span in spans}:
        if attributes != json.dumps(wanted, sort_keys=True):
            yield f"attributes: {attributes}"
    logs = [log["body"] for group in received["logs"] for log in group["items"]]
    if logs != [("string_value", "kept")]:
        yield f"log records: {logs}"
    by_name = {span["name"]: span for span in spans}
    if by_name.get("sender", {}).get("trace_id") != by_name.get("receiver", {}).get("trace_id", ""):
        yield "the receiver is not in the sender's trace"
    for request in running.received["/v1/traces"]:
        for group in request.resource_spans:
            place = receiver.show_attributes(group.resource.attributes).get("place")
            if place != ("string_value", "lab"):
                yield f"place: {place}"


def run(expected, command):
    with receiver.Receiver() as running:
        env = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "HAETAE_"))}
        env |= {"OTEL_EXPORTER_OTLP_ENDPOINT": running.endpoint, "HAETAE_RESOURCE_DETECTORS": "all"}
        if expected.threads == 1:
            env["HAETAE_WORKER"] = "manual"
        ended = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, timeout=120)
        if ended.returncode != 0:
            sys.exit(f"the program ended with {ended.returncode}")
        found = list(problems(expected, json.loads(ended.stdout), running))
    for line in found:
        print(line)
    print(f"ffi: {expected.language}: callbacks, {len(found)} problems")
    return 1 if found else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("language", choices=["python", "luajit"])
    parser.add_argument("--prefix", type=pathlib.Path, required=True)
    parser.add_argument("--libdir", required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        try:
            command, _ = languages.prepare(arguments.language, arguments.prefix, arguments.libdir, work)
        except languages.Missing as missing:
            required = os.environ.get("REQUIRE_ALL_TESTS") == "1"
            print(f"{'FAILED' if required else 'SKIPPED'}: {missing}", file=sys.stderr)
            sys.exit(1 if required else EXIT_SKIPPED)
    command = [word.replace("/record.", "/callbacks.") for word in command]
    sys.exit(run(Expected(arguments.language, 4 if arguments.language == "python" else 1), command))


if __name__ == "__main__":
    main()
