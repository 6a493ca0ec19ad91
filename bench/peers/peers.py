#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same work done by haetae and by its peers, side by side. ../README.md says how.

Usage: peers.py <build folder with bench/peers in it> <folder for what is made here>
BENCH_RUNS is how often everything is measured, BENCH_SECONDS how long the steady rate
lasts. What is not there leaves its column empty.
"""
import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from lttng_session import Daemon

HERE = Path(__file__).resolve().parent
RUNS = int(os.environ.get("BENCH_RUNS", 5))
SECONDS = int(os.environ.get("BENCH_SECONDS", 5))
RATE = 20_000  # spans a second
ROUNDS = 1000
ANSWER_MS = 1
BATCHES = (512, 8192)  # of the specification, of haetae by default
TEXTS = {
    "span": "span start+end, no attributes",
    "span_5": "span start+end, five attributes",
    "log_3": "log record, 60-byte body, three attributes",
    "counter_bound": "counter add, bound",
    "counter_3": "counter add, three string attributes",
    "histogram_bound": "histogram record, bound",
    "histogram_3": "histogram record, three attributes",
    "cpu_512": "process CPU of an exported span, batches of 512",
    "cpu_8192": "process CPU of an exported span, batches of 8192",
}


def say(text):
    print(f"bench-peers: {text}", file=sys.stderr, flush=True)


def output_of(command, env=None):
    """Runs a peer's program: {row or word: value}, see peer.h."""
    done = subprocess.run([str(word) for word in command], env=env, text=True,
                          stdout=subprocess.PIPE, check=True)
    lines = [line.split() for line in done.stdout.splitlines()]
    return {words[-2]: float(words[-1]) for words in lines}


# ---- The peers ------------------------------------------------------------------------

class OtlpPeer:
    """A program that exports to the receiver."""

    def __init__(self, name, program, endpoint):
        self.name = name
        self.program = program
        self.endpoint = endpoint

    def calls(self):
        return output_of([self.program, "calls", self.endpoint, ROUNDS])

    def cpu(self, batch):
        return output_of([self.program, "cpu", self.endpoint, batch, RATE, SECONDS])


class LttngPeer:
    """Writes files; it knows no batches."""
    name = "lttng-ust"

    def __init__(self, program, daemon):
        self.program = program
        self.daemon = daemon

    def run(self, *arguments):
        return self.daemon.record(lambda env: output_of([self.program, "calls", 1], env),
                                  lambda env: output_of([self.program, *arguments], env))

    def calls(self):
        found, discarded, _ = self.run("calls", ROUNDS)
        return found | {"dropped": discarded}

    def cpu(self, _):
        found, discarded, consumer_ns = self.run("cpu", RATE, SECONDS)
        return found | {"dropped": discarded, "cpu": found["cpu"] + consumer_ns}


class CallsPeer:
    """A program that exports nothing by OTLP: only its calls are measured."""

    def __init__(self, name, program, *before_rounds):
        self.name = name
        self.command = [program, "calls", *before_rounds, ROUNDS]

    def calls(self):
        return output_of(self.command)

    def cpu(self, _):
        return None


def cpp_peers(programs, endpoint, folder):
    """Those that CMake found the library of."""
    known = [(OtlpPeer, "opentelemetry-cpp", "peer_otelcpp", endpoint),
             (CallsPeer, "prometheus-cpp", "peer_prometheus"),
             (CallsPeer, "spdlog", "peer_spdlog", folder / "spdlog.txt")]
    for kind, name, program, *more in known:
        if (programs / program).exists():
            yield kind(name, programs / program, *more)
        else:
            say(f"no {name}: CMake did not find it")


def build_rust(folder):
    """The program of opentelemetry-rust, or None."""
    if shutil.which("cargo") is None:
        say("no opentelemetry-rust: there is no cargo")
        return None
    # Built from a copy, so that nothing is made among the sources.
    shutil.copytree(HERE / "rust", folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("target", "Cargo.lock"))
    say("building opentelemetry-rust")
    done = subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=folder, text=True,
                          env=os.environ | {"CARGO_TARGET_DIR": str(folder / "target")},
                          stderr=subprocess.PIPE)
    if done.returncode != 0:
        say("no opentelemetry-rust: it can't be built here:\n" + done.stderr[-2000:])
        return None
    return folder / "target/release/peer-rust"


def start_lttng(program, stack):
    """The peer LTTng-UST, or None."""
    if not program.exists() or shutil.which("lttng-sessiond") is None:
        say("no lttng-ust: it takes liblttng-ust-dev and lttng-tools")
        return None
    try:
        return LttngPeer(program, stack.enter_context(Daemon()))
    except (OSError, RuntimeError) as error:
        say(f"no lttng-ust: {error}")
        return None


@contextlib.contextmanager
def receiver(program):
    """Yields the endpoint; the receiver ends with its standard input."""
    with subprocess.Popen([program, str(ANSWER_MS)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as process:
        port = process.stdout.readline().strip()
        if not port:
            raise RuntimeError("the receiver did not start")
        yield f"http://127.0.0.1:{port}"


# ---- Measuring ------------------------------------------------------------------------

class Results:
    def __init__(self):
        self.least = {}   # (peer, row): nanoseconds
        self.counts = {}  # peer: [recorded, dropped]

    def add(self, peer, rows, found):
        """Takes the rows of a run, unless it dropped something: dropping is cheap."""
        counts = self.counts.setdefault(peer, [0, 0])
        counts[0] += int(found["recorded"])
        counts[1] += int(found["dropped"])
        if found["dropped"] != 0:
            say(f"{peer} dropped {found['dropped']:,.0f} of {found['recorded']:,.0f}: "
                f"its figures of this run don't count")
            return
        for row, ns in rows.items():
            self.least[peer, row] = min(ns, self.least.get((peer, row), ns))


def measure(peer, results):
    found = peer.calls()
    results.add(peer.name, {row: ns for row, ns in found.items() if row in TEXTS}, found)
    for batch in BATCHES:
        found = peer.cpu(batch)
        if found is None:
            return
        results.add(peer.name, {f"cpu_{batch}": found["cpu"] / found["recorded"]}, found)


def measure_all(peers, results):
    """One peer after the other, again and again: what else happens on the machine hits
    them all alike."""
    for run in range(RUNS):
        for peer in list(peers):
            say(f"run {run + 1} of {RUNS}: {peer.name}")
            try:
                measure(peer, results)
            except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
                if peer.name == "haetae":
                    raise
                say(f"{peer.name} failed and is left out from here on: {error}")
                peers.remove(peer)


# ---- Reporting ------------------------------------------------------------------------

def cells(results, peer, row):
    ns = results.least.get((peer, row))
    own = results.least.get(("haetae", row))
    shown = f"{ns:,.{1 if ns < 10 else 0}f}" if ns else ""
    return (shown, f"{ns / own:.1f} ×" if ns and own else "")


def print_table(results):
    """A column of nanoseconds for each peer, and one of multiples of haetae's."""
    others = [name for name in results.counts if name != "haetae"]
    width = max(map(len, TEXTS.values()))
    head = "".join(f" {name} | {'':6} |" for name in others)
    rule = "".join(f"{'-' * (len(name) + 1)}:|-------:|" for name in others)
    print(f"\n| {'ns':{width}} | haetae |{head}")
    print(f"|{'-' * (width + 2)}|-------:|{rule}")
    for row, text in TEXTS.items():
        line = f"| {text:{width}} | {cells(results, 'haetae', row)[0]:>6} |"
        for name in others:
            ns, ratio = cells(results, name, row)
            line += f" {ns:>{len(name)}} | {ratio:>6} |"
        print(line)


def machine():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return f"{line.split(':', 1)[1].strip()}, {os.cpu_count()} cores"
    return f"{os.uname().machine}, {os.cpu_count()} cores"


def report(results, path):
    print_table(results)
    print(f"\nthe least of {RUNS} runs; {machine()}")
    for peer, (recorded, dropped) in results.counts.items():
        print(f"{peer}: {recorded:,} recorded, {dropped:,} dropped")
    path.write_text(json.dumps(
        [{"peer": peer, "row": row, "ns": ns} for (peer, row), ns in results.least.items()],
        indent=1) + "\n")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    programs = Path(sys.argv[1]).resolve() / "bench/peers"
    made = Path(sys.argv[2]).resolve()
    made.mkdir(parents=True, exist_ok=True)
    results = Results()
    with contextlib.ExitStack() as stack:
        rust = build_rust(made / "rust")
        endpoint = stack.enter_context(receiver(programs / "peer_receiver"))
        peers = [OtlpPeer("haetae", programs / "peer_haetae", endpoint)]
        peers += filter(None, [start_lttng(programs / "peer_lttng", stack)])
        if rust is not None:
            peers.append(OtlpPeer("opentelemetry-rust", rust, endpoint))
        peers += cpp_peers(programs, endpoint, made)
        measure_all(peers, results)
    (made / "spdlog.txt").unlink(missing_ok=True)
    report(results, made / "peers.json")


if __name__ == "__main__":
    main()
