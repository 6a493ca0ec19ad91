#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Computes the tables of docs/scale.md from measured figures and from assumptions, which options change.

    scale.py                         prints all tables
    scale.py --table fleet --hosts 500 --spans-per-second 20000
    scale.py --write docs/scale.md   puts the tables into a page, between its marks
    scale.py --check docs/scale.md   fails if they are others

Figures come from bench/exporters.txt (bench_exporters) and bench/tiers.txt (make bench-tiers), or from files given. Nothing is
random but what is drawn from a fixed seed, so the same figures give the same tables.
"""

import argparse
import dataclasses
import pathlib
import random
import re
import sys
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[1]
DAY_SECONDS = 86400
MONTH_HOURS = 730
SHARES = (1.0, 0.1, 0.01, 0.001)
MARK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end of table -->)", re.DOTALL)


@dataclasses.dataclass
class Assumptions:
    """What was not measured. Each is an option of the same name."""
    hosts: int = 10000
    spans_per_second: float = 50000      # of a host, before head sampling
    spans_per_message: float = 3         # of one trace in one request: with Kafka a message
    record_ns: float = 98                # a span with five attributes: bench/README.md
    kept_share: float = 0.02             # of traces, by tail sampling
    decision_wait_s: float = 10
    busy: float = 0.6                    # how much of a core may be in use
    collector_cores: float = 16          # of one Collector's machine
    partition_bytes_s: float = 10e6      # what one partition takes
    broker_bytes_s: float = 200e6        # what one broker takes from producers and other brokers
    replicas: float = 3
    retention_s: float = 7200
    core_hour_price: float = 0.04
    gigabyte_month_price: float = 0.08   # of disks
    gigabyte_moved_price: float = 0.01   # between zones; two thirds of what moves does
    outage_s: float = 60


class Figures:
    """What was measured: of exporters by (exporter, compression, signal), and of tiers by name."""

    def __init__(self, exporters, tiers):
        self.exporters = {}
        for line in pathlib.Path(exporters).read_text().splitlines()[1:]:
            exporter, compression, signal, *numbers = line.split()
            self.exporters[exporter, compression, signal] = tuple(map(float, numbers))
        self.tiers = {name: float(value) for name, value in
                      (line.split() for line in pathlib.Path(tiers).read_text().splitlines())}

    def cpu_ns(self, exporter, compression, signal="traces"):
        return self.exporters[exporter, compression, signal][0]

    def span_bytes(self, exporter, compression, signal="traces"):
        return self.exporters[exporter, compression, signal][1]

    def items(self, exporter, compression, signal="traces"):
        return self.exporters[exporter, compression, signal][2]


def short(value):
    """Three digits, with thousands separated."""
    if value == 0:
        return "0"
    if abs(value) < 0.0005:
        return "< 0.001"
    for limit, decimals in ((100, 0), (10, 1), (1, 2), (0.1, 2)):
        if abs(value) >= limit:
            return f"{value:,.{decimals}f}"
    return f"{value:.3f}"


def whole(value):
    return f"{value:,.0f}"


def shares():
    return tuple(f"{share:.1%}".replace(".0%", "%") for share in SHARES)


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "---:|" * (len(heads) - 1)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]) + "\n"


# ---- One host --------------------------------------------------------------------------------

def host(figures, given):
    """What a host's 50,000 spans a second take, by exporter and compression."""
    rate = given.spans_per_second
    rows = [("recording, all threads", f"{rate * given.record_ns / 1e7:.2f} %", "", "")]
    for (exporter, compression, signal), (cpu_ns, size, items) in figures.exporters.items():
        if signal == "traces" and exporter not in ("nowhere", "memory"):
            rows.append((f"{exporter}, {compression}", f"{rate * cpu_ns / 1e7:.1f} %",
                         short(rate * size * 8 / 1e6), short(rate / items) if items else ""))
    return table(("worker and exporter", "of one core", "Mbit/s", "requests a second, at least"), rows)


def queue(figures, given):
    """How long HAETAE_QUEUE_BYTES lasts when the receiver is away: traces have 7/16 of it."""
    a_second = given.spans_per_second * figures.span_bytes("grpc", "none")
    rows = []
    for name, size in (("16m, the default", 16), ("64m", 64), ("256m", 256), ("512m", 512), ("1g", 1024), ("4g", 4096)):
        seconds = [size * 2**20 * 7 / 16 / (a_second * share) for share in SHARES[:3]]
        key, _, remark = name.partition(",")
        rows.append((f"`{key}`{',' * bool(remark)}{remark}", *(short(value) for value in seconds)))
    return table(("`HAETAE_QUEUE_BYTES`", *(f"{share:.0%} of spans: seconds" for share in SHARES[:3])), rows)


# ---- The fleet -------------------------------------------------------------------------------

class Fleet:
    """All hosts, at one share of head sampling."""

    def __init__(self, figures, given, share):
        self.spans = given.hosts * given.spans_per_second * share
        self.bytes = self.spans * figures.span_bytes("grpc", "gzip")
        tiers = figures.tiers

        def cores(ns):
            return self.spans * ns / 1e9 / given.busy
        self.cores = {name: cores(tiers[name]) for name in ("agent", "gateway", "sampler", "agent_kafka",
                                                            "sampler_kafka")}
        self.machines = {name: max(1, -(-self.cores[name] // given.collector_cores)) for name in self.cores}
        self.memory = self.spans * given.decision_wait_s * tiers["sampler_memory"]
        self.partitions = max(1, -(-self.bytes // given.partition_bytes_s))
        self.brokers = max(given.replicas, -(-self.bytes * given.replicas // given.broker_bytes_s))
        self.disk = self.bytes * given.replicas * given.retention_s
        self.kept = self.spans * given.kept_share


def fleet(figures, given):
    """What all hosts send, and what takes it."""
    fleets = [Fleet(figures, given, share) for share in SHARES]
    rows = [
        ("spans a second", *(short(one.spans) for one in fleets)),
        ("network, gzip: Gbit/s", *(short(one.bytes * 8 / 1e9) for one in fleets)),
        ("of one host: Mbit/s", *(short(one.bytes * 8 / 1e6 / given.hosts) for one in fleets)),
        ("agents: cores of a host", *(short(one.cores["agent"] / given.hosts) for one in fleets)),
        ("gateways: cores", *(short(one.cores["gateway"]) for one in fleets)),
        ("gateways: machines", *(whole(one.machines["gateway"]) for one in fleets)),
        ("samplers: cores", *(short(one.cores["sampler"]) for one in fleets)),
        ("samplers: machines", *(whole(one.machines["sampler"]) for one in fleets)),
        ("samplers: GB of memory for traces that wait", *(short(one.memory / 1e9) for one in fleets)),
        ("kept by tail sampling: spans a second", *(short(one.kept) for one in fleets)),
        ("kept: TB a day, gzip", *(short(one.kept * figures.span_bytes("grpc", "gzip") * DAY_SECONDS / 1e12)
                                   for one in fleets)),
    ]
    return table(("head sampling", *shares()), rows)


def kafka(figures, given):
    """The same by way of Kafka, in the place of gateways."""
    fleets = [Fleet(figures, given, share) for share in SHARES]
    rows = [
        ("agents: cores of a host", *(short(one.cores["agent_kafka"] / given.hosts) for one in fleets)),
        ("messages a second", *(short(one.spans / given.spans_per_message) for one in fleets)),
        ("partitions, at least", *(whole(one.partitions) for one in fleets)),
        ("brokers", *(whole(one.brokers) for one in fleets)),
        ("disks: TB", *(short(one.disk / 1e12) for one in fleets)),
        ("samplers: cores", *(short(one.cores["sampler_kafka"]) for one in fleets)),
        ("samplers: machines", *(whole(one.machines["sampler_kafka"]) for one in fleets)),
    ]
    return table(("head sampling", *shares()), rows)


def costs(figures, given):
    """A month of what stands behind the hosts, and of what the hosts' agents take, in units of the prices."""
    rows = []
    for share in SHARES:
        one = Fleet(figures, given, share)

        def month(cores):
            return cores * given.core_hour_price * MONTH_HOURS
        seconds = MONTH_HOURS * 3600
        moved = one.bytes / 1e9 * seconds * given.gigabyte_moved_price * 2 / 3
        by_gateways = month(one.cores["gateway"] + one.cores["sampler"]) + 2 * moved
        disks = one.disk / 1e9 * given.gigabyte_month_price
        # From agents, among brokers, and to samplers.
        by_kafka = (month(one.cores["sampler_kafka"] + one.brokers * given.collector_cores) + disks
                    + (1 + given.replicas - 1 + 1) * moved)
        rows.append((shares()[SHARES.index(share)], short(month(one.cores["agent"]) / 1e3),
                     short(by_gateways / 1e3), short(by_kafka / 1e3)))
    return table(("head sampling", "agents: thousands", "gateways and samplers", "Kafka and samplers"), rows)


# ---- Simulations -----------------------------------------------------------------------------

class Ring:
    """The ring of the Collector's loadbalancing exporter: 36,000 positions, of which each backend takes up to 100."""
    POSITIONS, POINTS, PROBES = 36000, 100, 10

    def __init__(self, backends):
        self.owner = [None] * self.POSITIONS
        for backend in backends:
            for number in range(self.POINTS):
                self._take(backend, zlib.crc32(backend.encode() + number.to_bytes(4, "little")) % self.POSITIONS)

    def _take(self, backend, position):
        for probe in range(self.PROBES):
            place = (position + probe) % self.POSITIONS
            if self.owner[place] is None:
                self.owner[place] = backend
                return

    def routes(self):
        """The backend of each position: the next one on the ring that is taken."""
        found = next(owner for owner in self.owner if owner is not None)
        routes = [None] * self.POSITIONS
        for place in range(self.POSITIONS - 1, -1, -1):
            found = self.owner[place] or found
            routes[place] = found
        return routes


def ring(_, given):
    """How evenly traces fall, and how many come apart when a sampler is added."""
    del given
    rows = []
    for count in (5, 10, 30, 100, 200, 300, 400, 1000):
        backends = [f"sampler-{number}.example:4317" for number in range(count + 1)]
        routes = Ring(backends[:count]).routes()
        more = Ring(backends).routes()
        loads = {backend: 0 for backend in backends[:count]}
        for backend in routes:
            loads[backend] += 1
        mean = Ring.POSITIONS / count
        moved = sum(one != other for one, other in zip(routes, more)) / Ring.POSITIONS
        rows.append((count, f"{max(loads.values()) / mean:.2f}", f"{min(loads.values()) / mean:.2f}",
                     sum(load == 0 for load in loads.values()), f"{moved:.1%}"))
    return table(("samplers", "most loaded / mean", "least loaded / mean", "without any trace",
                  "traces that move when one is added"), rows)


def tries(given, spread, chooser):
    """How many hosts try in each second while a receiver is away, from the first failure on. `spread`: whether a pause
    is drawn between half of its length and all."""
    counts = [0] * (int(given.outage_s) + 31)
    for _ in range(given.hosts):
        at, pause = chooser.random(), 1.0
        while at < len(counts):
            counts[int(at)] += 1
            at += pause * (chooser.uniform(0.5, 1) if spread else 1)
            pause = min(2 * pause, 30)
            if at >= given.outage_s:
                counts[min(int(at), len(counts) - 1)] += at < len(counts)
                break
    return counts


def herd(_, given):
    """Tries of all hosts while a receiver is away, and when it is back."""
    rows = []
    back = int(given.outage_s)
    for name, spread in (("haetae: drawn between half and all", True), ("for comparison: pauses of one length", False)):
        counts = tries(given, spread, random.Random(1))
        after = counts[back:]
        settled = max((second + 1 for second, count in enumerate(after) if count), default=0)
        rows.append((name, short(counts[0]), short(max(counts[5:back])), short(max(after)), settled))
    return table(("pauses", "tries in the first second", "most in a second later", "most in a second when it is back",
                  "seconds until all are back"), rows)


TABLES = {"host": host, "queue": queue, "fleet": fleet, "kafka": kafka, "costs": costs, "ring": ring, "herd": herd}


# ---- Pages -----------------------------------------------------------------------------------

def filled(text, figures, given):
    """The page with its tables as they are to be. Each table has to be there once."""
    names = [match[2] for match in MARK.finditer(text)]
    if sorted(names) != sorted(TABLES):
        sys.exit(f"scale: the page has the tables {names}, not {list(TABLES)}")
    return MARK.sub(lambda match: f"{match[1]}{TABLES[match[2]](figures, given)}{match[3]}", text)


def arguments_of(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--exporters", default=ROOT / "bench" / "exporters.txt")
    parser.add_argument("--tiers", default=ROOT / "bench" / "tiers.txt")
    parser.add_argument("--table", choices=list(TABLES))
    parser.add_argument("--write", type=pathlib.Path, metavar="PAGE")
    parser.add_argument("--check", type=pathlib.Path, metavar="PAGE")
    for field in dataclasses.fields(Assumptions):
        parser.add_argument("--" + field.name.replace("_", "-"), type=field.type, default=field.default)
    return parser.parse_args(words)


def main():
    arguments = arguments_of(sys.argv[1:])
    given = Assumptions(**{field.name: getattr(arguments, field.name) for field in dataclasses.fields(Assumptions)})
    figures = Figures(arguments.exporters, arguments.tiers)
    if arguments.write:
        arguments.write.write_text(filled(arguments.write.read_text(), figures, given))
    elif arguments.check:
        text = arguments.check.read_text()
        if filled(text, figures, given) != text:
            sys.exit(f"scale: {arguments.check} has other tables: scripts/scale.py --write {arguments.check}")
    else:
        for name, make in TABLES.items():
            if arguments.table in (None, name):
                print(f"{name}: {make.__doc__}\n\n{make(figures, given)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
