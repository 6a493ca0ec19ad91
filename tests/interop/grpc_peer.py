#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""haetae's OTLP over gRPC against gRPC's own server, which does what a script says, call by call.

    grpc_peer.py --build DIR --program PROGRAM --server go|cpp

The table has what the server does, and what must become of the spans. Exits with 77 where the server cannot be
had, or with 1 when REQUIRE_ALL_TESTS is 1.
"""

import argparse
import base64
import json
import pathlib
import signal
import subprocess
import sys

import certificates
import collector
import environment

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM_SECONDS = 60
SPANS = 40
DEFAULT_MESSAGE_BYTES = 4 << 20  # the most that gRPC's servers take unless told otherwise

RETRIED = {"CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS"}
DROPPED = {"UNKNOWN", "INVALID_ARGUMENT", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
           "FAILED_PRECONDITION", "UNIMPLEMENTED", "INTERNAL", "UNAUTHENTICATED"}
# All spans are one batch, which goes when it is full; tries again come at once, so that only what a server asks for
# makes a pause.
SETTINGS = {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_BSP_SCHEDULE_DELAY": "10000", "HAETAE_RETRY_INITIAL_MS": "1",
            "HAETAE_RETRY_MAX_MS": "20", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": str(SPANS)}


class Server:
    """A server that runs while the `with` block does. Its calls can be read afterwards."""

    def __init__(self, command, script, folder):
        self._script = folder / "script.json"
        self._calls = folder / "calls.jsonl"
        self._script.write_text(json.dumps(script))
        self._process = subprocess.Popen([*command, str(self._script), str(self._calls)], text=True,
                                         stdout=subprocess.PIPE)
        self.port = int(self._process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGTERM)
        try:
            if self._process.wait(20) != 0:
                raise RuntimeError(f"the server ended with {self._process.returncode}")
        finally:
            self._process.kill()
            self._process.stdout.close()

    def calls(self):
        return [json.loads(line) for line in self._calls.read_text().splitlines()]


class Case:
    """What one run showed, and what is wrong with it."""

    def __init__(self, stats, calls, diagnostics):
        self.stats, self.calls, self.diagnostics, self.faults = stats["traces"], calls, diagnostics, []

    def check(self, what, good, found=""):
        if not good:
            self.faults.append(f"{what} {found}".rstrip())

    def equal(self, what, found, wanted):
        self.check(what, found == wanted, f"is {found!r}, not {wanted!r}")

    def ends(self, delivered, **dropped):
        """What the library says has become of its spans."""
        self.equal("delivered", self.stats["delivered"], delivered)
        self.equal("held", self.stats["held"], 0)
        self.equal("dropped", {name: count for name, count in self.stats["dropped"].items() if count}, dropped)

    def each_once(self, count):
        """All spans of calls that were taken: each arrived, and none twice."""
        ids = [span for call in self.calls if call["status"] == "OK" and not call["gone"] for span in call["spans"]]
        self.equal("different spans", len(set(ids)), count)
        # Some libcurl loses an answer behind which the connection ends, and haetae says so: that comes twice.
        if "ended without a gRPC status" not in self.diagnostics:
            self.equal("spans that arrived", len(ids), count)


class Table:
    """The cases. Each method runs the server with a script, and haetae with settings."""

    def __init__(self, command, program, folder, thorough=True):
        self.command, self.program, self.folder, self.thorough = command, program, folder, thorough
        self.keys = certificates.Certificates(folder / "keys")
        self.faulty = 0
        self.count = 0

    def run(self, script, env=None, spans=SPANS, pad=0, pace_us=0, secure=False):
        if secure:
            script = dict(script, certificate_key=[str(self.keys.server), str(self.keys.server_key)])
        clean = environment.clean()
        with Server(self.command, script, self.folder) as server:
            scheme = "https" if secure else "http"
            endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"{scheme}://127.0.0.1:{server.port}"}
            ended = subprocess.run([self.program, str(spans), str(pad), str(pace_us)],
                                   env=clean | SETTINGS | endpoint | (env or {}), text=True,
                                   timeout=PROGRAM_SECONDS, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if ended.returncode != 0:
            raise RuntimeError(f"the program ended with {ended.returncode}:\n{ended.stderr}")
        return Case(json.loads(ended.stdout), server.calls(), ended.stderr)

    def report(self, name, case):
        self.count += 1
        self.faulty += bool(case.faults)
        end = "".join(f"\n    {fault}" for fault in case.faults)
        print(f"{name}: {len(case.calls)} calls{end}", flush=True)

    # ---- What a call is ------------------------------------------------------------------

    def framing(self):
        for compression in ("none", "gzip"):
            for secure in (False, True):
                env = {"OTEL_EXPORTER_OTLP_COMPRESSION": compression, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "10",
                       "OTEL_EXPORTER_OTLP_TIMEOUT": "7000",
                       "OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=se%20oul,x-key-bin=%01%FF"}
                if secure:
                    env["OTEL_EXPORTER_OTLP_CERTIFICATE"] = str(self.keys.authority)
                case = self.run({}, env, secure=secure)
                case.ends(SPANS)
                case.each_once(SPANS)
                case.equal("spans of calls", [len(call["spans"]) for call in case.calls], [10] * 4)
                for call in case.calls:
                    self._check_call(case, call, compression)
                self.report(f"framing, {compression}, {'TLS' if secure else 'no TLS'}", case)

    @staticmethod
    def _check_call(case, call, compression):
        seen = call["metadata"]
        if call["compression"] is not None:  # the server in C++ does not show it
            case.equal("compression", call["compression"] or "none", compression)
        case.check("the deadline is within the timeout", 0 < call["left_ns"] <= 7e9, call["left_ns"])
        case.equal("content-type", seen.get("content-type", ["application/grpc+proto"]), ["application/grpc+proto"])
        case.equal("x-tenant", seen.get("x-tenant"), ["se oul"])
        case.equal("x-key-bin", seen.get("x-key-bin"), [base64.b64encode(b"\x01\xff").decode()])
        case.check("user-agent", "haetae" in seen.get("user-agent", [""])[0].lower(), seen.get("user-agent"))

    def deadline(self):
        """A call that takes too long is given up at the server as well, and made again."""
        case = self.run({"steps": [{"wait_ms": 10000}]}, {"OTEL_EXPORTER_OTLP_TIMEOUT": "1000"})
        case.ends(SPANS)
        case.each_once(SPANS)
        case.equal("calls whose caller has gone", [call["gone"] for call in case.calls], [True, False])
        case.check("grpc-timeout", all(0 < call["left_ns"] <= 1e9 for call in case.calls))
        self.report("deadline", case)

    # ---- Statuses ------------------------------------------------------------------------

    def statuses(self):
        """Each status, as trailers alone and behind headers, or one of both: tried again, or dropped for good."""
        for number, status in enumerate(sorted(RETRIED | DROPPED)):
            for headers_first in (False, True) if self.thorough else (number % 2 == 1,):
                case = self.run({"steps": [{"status": status, "headers_first": headers_first}]})
                if status in RETRIED:
                    case.ends(SPANS)
                    case.each_once(SPANS)
                else:
                    case.ends(0, rejected=SPANS)
                    case.check("the diagnostic has the server's message", "as the script says: 100 % „" in
                               case.diagnostics, case.diagnostics)
                case.equal("statuses", [call["status"] for call in case.calls],
                           [status] + ["OK"] * (status in RETRIED))
                self.report(f"{status}{' behind headers' if headers_first else ''}", case)

    def retry_info(self):
        """The pause that a server asks for is kept, by the statuses that may be tried again alone."""
        for status, retry_ms, tried in (("UNAVAILABLE", 400, True), ("RESOURCE_EXHAUSTED", 400, True),
                                        ("RESOURCE_EXHAUSTED", 0, True), ("RESOURCE_EXHAUSTED", None, False),
                                        ("INVALID_ARGUMENT", 100, False), ("INTERNAL", 100, False)):
            case = self.run({"steps": [{"status": status, "retry_ms": retry_ms}]})
            if tried:
                case.ends(SPANS)
                case.each_once(SPANS)
                case.equal("calls", len(case.calls), 2)
                pause = case.calls[-1]["at_ns"] - case.calls[0]["at_ns"]
                case.check("the pause is kept", pause >= retry_ms * 1e6, pause)
            else:
                case.ends(0, rejected=SPANS)
                case.equal("calls", len(case.calls), 1)
            self.report(f"{status} with RetryInfo {retry_ms}", case)

    def partial_success(self):
        case = self.run({"steps": [{"rejected": 3, "message_bytes": 200}]})
        case.ends(SPANS - 3, rejected=3)
        case.equal("calls", len(case.calls), 1)
        case.check("the diagnostic has the server's message", "mmmm" in case.diagnostics, case.diagnostics)
        self.report("partial success", case)
        # Trouble that the server only speaks of is no loss.
        case = self.run({"steps": [{"message_bytes": 200}]})
        case.ends(SPANS)
        self.report("a warning without loss", case)

    # ---- Sizes ---------------------------------------------------------------------------

    def sizes(self):
        """The largest requests are taken by a server that was told nothing; a smaller limit refuses them."""
        env = {"HAETAE_QUEUE_BYTES": "128m", "HAETAE_RECORDER_BYTES": "64m", "HAETAE_LANE_COUNT": "2",
               "OTEL_BSP_SCHEDULE_DELAY": "2000", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "8192"}
        case = self.run({}, env, spans=3000, pad=4000)
        case.ends(3000)
        case.each_once(3000)
        largest = max(call["wire_bytes"] for call in case.calls)
        case.check("the largest request is nearly what a server takes",
                   0.9 * DEFAULT_MESSAGE_BYTES < largest <= DEFAULT_MESSAGE_BYTES + 5, largest)
        self.report("default sizes", case)
        case = self.run({"max_bytes": 4096}, {"HAETAE_MAX_REQUEST_BYTES": "4096", "OTEL_BSP_SCHEDULE_DELAY": "100"},
                        spans=200, pad=100)
        case.ends(200)
        case.each_once(200)
        self.report("a limit of both", case)
        case = self.run({"max_bytes": 4095}, spans=200, pad=100)
        case.ends(0, rejected=200)
        case.equal("calls that a handler saw", len(case.calls), 0)
        case.check("the diagnostic says why", "larger than max" in case.diagnostics, case.diagnostics)
        self.report("a smaller limit of the server", case)

    # ---- Connections ---------------------------------------------------------------------

    def streams(self):
        """One stream at a time: more connections, or one after the other, and each span once."""
        case = self.run({"max_streams": 1, "steps": [{"wait_ms": 20}] * 8}, {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "5"})
        case.ends(SPANS)
        case.each_once(SPANS)
        case.equal("calls", len(case.calls), SPANS // 5)
        self.report("one stream at a time", case)

    def goaway(self):
        """Connections that end all the time in the middle of calls, as a balancer in front of servers has it."""
        case = self.run({"max_age_ms": 50, "steps": [{"wait_ms": 7}] * 400},
                        {"OTEL_BSP_SCHEDULE_DELAY": "5"}, spans=400, pace_us=2500)
        case.ends(400)
        case.each_once(400)
        connections = len({call["connection"] for call in case.calls})
        case.check("connections came and went", connections > 5, connections)
        self.report(f"GOAWAY, {connections} connections", case)

    def all(self):
        self.framing()
        self.deadline()
        self.statuses()
        self.retry_info()
        self.partial_success()
        self.sizes()
        self.streams()
        self.goaway()
        print(f"{self.count} cases, {self.faulty} with faults")
        return 1 if self.faulty else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=pathlib.Path, help="folder for what is made")
    parser.add_argument("--program", required=True)
    parser.add_argument("--server", required=True, choices=["go", "cpp"])
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    folder = build / f"grpc_peer.{arguments.server}"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        command = [sys.executable, "-B", str(HERE / "grpc_server.py")]
        if arguments.server == "go":
            command = [str(collector.build(build, "./grpcpeer", "grpcpeer", HERE / "tiers"))]
        # The server in C++ takes its time to start.
        return Table(command, arguments.program, folder, arguments.server == "go").all()
    except (collector.Unavailable, certificates.Unavailable) as reason:
        return environment.unavailable(reason)


if __name__ == "__main__":
    sys.exit(main())
