#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures haetae-view under a steady stream of spans while questions are asked: what share of a core
it takes, how long requests wait, how long questions take, and how many bytes a span takes.

Usage: bench/view.py PATH-TO-HAETAE-VIEW [--rate SPANS-A-SECOND] [--seconds N] [--db] [options of it]"""
import argparse
import http.client
import json
import multiprocessing
import os
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "view"))
from otlp_bodies import attributes, data, fixed64, number, resource, scope  # noqa: E402

SPANS = 500     # in a request
OF_TRACE = 5    # spans of a trace: one entry span, and the others below it
TICKS = os.sysconf("SC_CLK_TCK")
QUESTIONS = ("/api/overview", "/api/traces", "/api/traces?sort=slowest", "/api/errors", "/api/services",
             "/api/service?name=shop", "/api/logs?level=warn", "/totals.json")


def shapes():
    """A span's bytes up to its times, without ids, for each place in a trace."""
    attrs = {"http.request.method": "GET", "http.route": "/rides/{id}", "server.address": "10.0.0.7",
             "server.port": 8080, "http.response.status_code": 200, "user_agent.original": "curl/8.1",
             "network.protocol.version": "1.1", "url.scheme": "http"}
    for place in range(OF_TRACE):
        kind = 2 if place == 0 else 3 if place % 2 else 1
        yield data(5, f"operation {place}") + number(6, kind) + attributes(9, attrs)


def body_of(first_trace, now, shaped):
    """A request of SPANS spans with ids that came never before."""
    spans = []
    for i in range(SPANS):
        trace, place = divmod(i, OF_TRACE)
        number_ = first_trace + trace
        ids = (data(1, struct.pack(">QQ", number_ * 0x9e3779b97f4a7c15 % 2**64, number_)) +
               data(2, struct.pack(">Q", number_ * OF_TRACE + place + 1)))
        if place:
            ids += data(4, struct.pack(">Q", number_ * OF_TRACE + 1))
        begin = now - (OF_TRACE - place) * 1_000_000 - number_ % 997 * 10_000
        times = fixed64(7, begin) + fixed64(8, now)
        failed = data(15, number(3, 2)) if place == 0 and number_ % 100 == 0 else b""
        spans.append(data(2, ids + shaped[place] + times + failed))
    block = data(1, scope("bench", "1")) + b"".join(spans)
    return data(1, data(1, resource("shop", **{"service.instance.id": "one"})) + data(2, block))


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


def ask(port, end, results):
    """Asks one question after the other, ten a second."""
    times, busy = [], 0
    while time.monotonic() < end:
        for path in QUESTIONS:
            begin = time.monotonic()
            status, _ = get(port, path)
            times.append(time.monotonic() - begin)
            busy += status == 503
            time.sleep(0.1)
    results.put((times, busy))


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def send(port, pid, rate, seconds):
    """Returns how long each request took, how many were refused, and the share of a core."""
    shaped = list(shapes())
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/x-protobuf"}
    times, refused, first_trace = [], 0, 1
    begin, cpu = time.monotonic(), cpu_seconds(pid)
    for i in range(rate * seconds // SPANS):
        body = body_of(first_trace, time.time_ns(), shaped)
        first_trace += SPANS // OF_TRACE
        due = begin + i * SPANS / rate
        time.sleep(max(0, due - time.monotonic()))
        sent = time.monotonic()
        connection.request("POST", "/v1/traces", body, headers)
        answer = connection.getresponse()
        answer.read()
        times.append(time.monotonic() - sent)
        refused += answer.status != 200
    took = time.monotonic() - begin
    return times, refused, (cpu_seconds(pid) - cpu) / took, len(times) * SPANS / took, len(body)


def quantile(values, q):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))] if ordered else 0


def start(program, options, folder):
    port_file = folder / "port"
    process = subprocess.Popen([program, "--listen", "127.0.0.1:0", "--port-file", str(port_file), "--once",
                                *options], stdout=subprocess.DEVNULL)
    while not port_file.exists():
        if process.poll() is not None:
            raise SystemExit("haetae-view did not start")
        time.sleep(0.01)
    return process, int(port_file.read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--rate", type=int, default=50000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--db", action="store_true", help="keep in a file")
    parser.add_argument("--quiet", action="store_true", help="ask nothing meanwhile")
    arguments, options = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if arguments.db:
            options += ["--db", str(folder / "view.db")]
        process, port = start(arguments.program, options, folder)
        results = multiprocessing.Queue()
        asker = multiprocessing.Process(target=ask, args=(port, time.monotonic() + arguments.seconds, results))
        if not arguments.quiet:
            asker.start()
        times, refused, share, rate, size = send(port, process.pid, arguments.rate, arguments.seconds)
        asked, busy = ([], 0) if arguments.quiet else results.get()
        kept = json.loads(get(port, "/api/overview")[1])["kept"]
        process.send_signal(signal.SIGTERM)
        process.wait()
    load = os.getloadavg()[0] / os.cpu_count()
    print(f"load of the machine              {load:8.2f} for each core")
    print(f"spans received                   {rate:8.0f} a second, {size / SPANS:.0f} bytes each, "
          f"{refused} requests refused")
    print(f"share of a core                  {share:8.2%}   ({share / rate * 1e6:.2f} us a span)")
    print(f"a request of {SPANS}: p50, p99, max  {quantile(times, .5) * 1e3:8.1f} "
          f"{quantile(times, .99) * 1e3:.1f} {max(times) * 1e3:.1f} ms")
    if asked:
        print(f"a question: p50, p99, max        {quantile(asked, .5) * 1e3:8.1f} "
              f"{quantile(asked, .99) * 1e3:.1f} {max(asked) * 1e3:.1f} ms, {busy} of {len(asked)} busy")
    print(f"bytes of the database            {kept['bytes'] / max(kept['spans'], 1):8.0f} a span "
          f"({kept['spans']} kept)")


if __name__ == "__main__":
    main()
