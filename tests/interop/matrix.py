#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Everything to a real OpenTelemetry Collector, by each protocol, security and compression in turn.

    matrix.py --build DIR --protocol http/protobuf --everything PROGRAM --volume PROGRAM

Each row of the table compares what arrived field by field, and what the collector says of the form of the
requests. Exits with 77 where the collector cannot be had, or with 1 when REQUIRE_ALL_TESTS is 1.
"""

import argparse
import collections
import contextlib
import io
import json
import pathlib
import subprocess
import sys

import certificates
import collector
import compare
import environment

PROGRAM_SECONDS = 60
PREFIX = "OTEL_EXPORTER_OTLP_"

Row = collections.namedtuple("Row", "protocol security compression")

# What each protocol compresses with. gRPC has no name for zstd, so that is refused.
COMPRESSIONS = {"http/protobuf": ("none", "gzip", "zstd"), "http/json": ("none", "gzip", "zstd"),
                "grpc": ("none", "gzip")}
CONTENT_TYPES = {"http/protobuf": "application/x-protobuf", "http/json": "application/json",
                 "grpc": "application/grpc+proto"}
SECURITIES = ("plain", "tls", "mutual")
TABLE = [Row(protocol, security, compression) for protocol, compressions in COMPRESSIONS.items()
         for security in SECURITIES for compression in compressions]


def listen_settings(row, keys):
    """What the receiver of the collector is given."""
    if row.security == "plain":
        return {}
    tls = {"cert_file": str(keys.server), "key_file": str(keys.server_key)}
    if row.security == "mutual":
        tls["client_ca_file"] = str(keys.authority)
    return {"tls": tls}


def settings(row, endpoint, keys):
    """What haetae is given."""
    found = {"ENDPOINT": endpoint, "PROTOCOL": row.protocol, "COMPRESSION": row.compression}
    if row.security != "plain":
        found["CERTIFICATE"] = str(keys.authority)
    if row.security == "mutual":
        found |= {"CLIENT_CERTIFICATE": str(keys.client), "CLIENT_KEY": str(keys.client_key)}
    return {PREFIX + name: value for name, value in found.items()}


def run_program(command, env):
    """Its exit status and what it printed."""
    clean = environment.clean()
    ended = subprocess.run(list(map(str, command)), env=clean | env, timeout=PROGRAM_SECONDS, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return ended.returncode, ended.stdout


def faults_of(row, arguments, otelcol, keys):
    """What is wrong with one row, as lines, and how many items arrived."""
    name = "matrix." + "_".join(row).replace("/", "_")
    expected = arguments.build / f"{name}.expected.jsonl"
    received = arguments.build / f"{name}.received.jsonl"
    transport = row.protocol.split("/")[0]
    with collector.Collector(otelcol, "jsonlines", received, transport,
                             listen=listen_settings(row, keys)) as running:
        code, output = run_program([arguments.everything, expected], settings(row, running.endpoint, keys))
        running.stop()
        log = running.log()
    faults = [f"the program ended with {code}:\n{output}"] * (code != 0)
    comparison = compare.Comparison(compare.read_expectation(expected))
    with contextlib.redirect_stdout(io.StringIO()) as differences:
        if compare.report(comparison, compare.read_requests(received)):
            faults.append(f"{differences.getvalue()}\nthe collector says:\n{log}")
    forms = json.loads(pathlib.Path(f"{received}.forms").read_text())
    # The collector shows none of gRPC's own headers: grpc_peer.py has its encodings.
    shown = "none" if transport == "grpc" else row.compression
    wanted = {f"{CONTENT_TYPES[row.protocol]} {shown}"}
    if set(forms) != wanted:
        faults.append(f"requests had the forms {sorted(forms)}, not {sorted(wanted)}")
    return faults, comparison.item_count


def refused(arguments, otelcol, keys):
    """zstd with gRPC fails the start by name, and nothing is sent."""
    received = arguments.build / "matrix.refused.json"
    with collector.Collector(otelcol, "count", received, "grpc") as running:
        code, output = run_program([arguments.volume, 1, arguments.build / "matrix.refused.totals"],
                                   settings(Row("grpc", "plain", "zstd"), running.endpoint, keys))
    totals = json.loads(received.read_text())
    good = code == 1 and f"{PREFIX}COMPRESSION" in output and "zstd" in output and not totals["requests"]
    return [] if good else [f"ended with {code}, {totals}:\n{output}"]


def run(arguments, otelcol):
    keys = certificates.Certificates(arguments.build / f"matrix.{arguments.protocol.replace('/', '_')}.keys")
    faulty = 0
    rows = [row for row in TABLE if row.protocol == arguments.protocol]
    for row in rows:
        faults, count = faults_of(row, arguments, otelcol, keys)
        print(f"{' '.join(row):32} {count} items{'' if not faults else ': ' + chr(10).join(faults)}", flush=True)
        faulty += bool(faults)
    if arguments.protocol == "grpc":
        faults = refused(arguments, otelcol, keys)
        print(f"grpc plain zstd is refused{'' if not faults else ': ' + faults[0]}")
        faulty += bool(faults)
    print(f"{len(rows)} rows, {faulty} with faults")
    return 1 if faulty else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=pathlib.Path, help="folder for what is made")
    parser.add_argument("--protocol", required=True, choices=list(COMPRESSIONS))
    parser.add_argument("--everything", required=True)
    parser.add_argument("--volume", required=True)
    arguments = parser.parse_args()
    arguments.build = arguments.build.resolve()
    try:
        return run(arguments, collector.build(arguments.build))
    except (collector.Unavailable, certificates.Unavailable) as reason:
        return environment.unavailable(reason)


if __name__ == "__main__":
    sys.exit(main())
