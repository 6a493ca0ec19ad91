#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Exponential histograms of haetae beside those of OpenTelemetry's SDK for Python, bucket by bucket.

    exponential.py --program PROGRAM [--count VALUES] [--seed SEED]

Both record the same batches of random values of all magnitudes, each batch into a series of its own. Where they differ,
exact arithmetic decides: every bit of a value's logarithm is proven by an interval of integers. haetae has to be right
each time, in scale and in every bucket; how often Python was not is printed. Some of the batches in which the two agree
are decided as well. INTEROP_SEED is the seed where none is given, else the time is; it is printed."""
import argparse
import math
import os
import random
import struct
import subprocess
import sys
import time

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation

# The size and the scale that a histogram begins with, and which part of the values it gets.
ROOMS = [((160, 20), 0.6), ((20, 20), 0.1), ((2, 20), 0.1), ((320, 20), 0.1), ((31, 5), 0.05), ((160, -2), 0.05)]
BATCH_MAX = 2000
DECIDED_OF = 10  # of so many batches that agree, one is decided
TOP = 20         # the highest scale
LARGEST = sys.float_info.max


# ---- Exact arithmetic ------------------------------------------------------------------------------------------------

BITS = 256


def exact_index(value):
    """The index of the bucket that holds a value at the scale 20: ceil(log2(value) * 2^20) - 1. Squaring a number in
    [1, 2) moves a bit of its logarithm before the point; `low` and `high` hold the power between them."""
    fraction, exponent = math.frexp(value)
    exponent -= 1
    low = int(fraction * 2**53) << BITS - 52
    if low == 1 << BITS:
        return (exponent << TOP) - 1
    high = low
    index = exponent
    for _ in range(TOP):
        low = low * low >> BITS
        high = (high * high >> BITS) + 1
        bit = low >> BITS + 1
        assert high >> BITS + 1 == bit, f"{value.hex()} is not decided"
        index = 2 * index + bit
        if bit:
            low >>= 1
            high = (high >> 1) + 1
    return index


class Buckets:
    """What is compared: the scale, how many zeroes, and the counts by index, of buckets that are not empty."""

    def __init__(self, scale, zeroes, counts):
        self.scale, self.zeroes, self.counts = scale, zeroes, counts

    def __eq__(self, other):
        return (self.scale, self.zeroes, self.counts) == (other.scale, other.zeroes, other.counts)

    def lowered(self, scale):
        counts = {}
        for index, count in self.counts.items():
            index >>= self.scale - scale
            counts[index] = counts.get(index, 0) + count
        return counts

    def moved(self, other):
        """How many values the two have in different buckets, at the scale that both can have."""
        scale = min(self.scale, other.scale)
        mine, theirs = self.lowered(scale), other.lowered(scale)
        return sum(abs(mine.get(i, 0) - theirs.get(i, 0)) for i in mine.keys() | theirs.keys()) // 2


def exact_buckets(values, room):
    max_size, scale = room
    indices = [exact_index(value) for value in values if value != 0]
    if indices:
        first, last = min(indices), max(indices)
        while (last >> TOP - scale) - (first >> TOP - scale) >= max_size:
            scale -= 1
    counts = {}
    for index in indices:
        index >>= TOP - scale
        counts[index] = counts.get(index, 0) + 1
    return Buckets(scale, len(values) - len(indices), counts)


# ---- Values ----------------------------------------------------------------------------------------------------------

def any_magnitude(rng):
    while True:
        value = struct.unpack("<d", struct.pack("<Q", rng.getrandbits(63)))[0]
        if math.isfinite(value):
            return value


def near_power(rng):
    """A power of two or one of its neighbours."""
    value = math.ldexp(1, rng.randrange(-1074, 1024))
    return rng.choice([value, math.nextafter(value, 0), math.nextafter(value, LARGEST)])


def near_boundary(rng):
    """A double beside a boundary of some scale."""
    scale = rng.randrange(1, TOP + 1)
    value = math.ldexp(2 ** (rng.getrandbits(scale) / 2**scale), rng.randrange(-40, 40))
    for _ in range(rng.randrange(3)):
        value = math.nextafter(value, rng.choice([0, LARGEST]))
    return value


def usual(rng):
    """As durations are."""
    return rng.lognormvariate(-3, 1.5)


def small_integer(rng):
    return float(rng.randrange(100))


def make_batch(rng, size):
    kind = rng.randrange(10)
    if kind < 5:
        draw = any_magnitude
    elif kind == 5:
        centre, width = rng.randrange(-1000, 960), rng.randrange(0, 40)

        def draw(rng):
            return math.ldexp(1 + rng.random(), centre + rng.randrange(width + 1))
    else:
        draw = {6: near_power, 7: near_boundary, 8: usual, 9: small_integer}[kind]
    values, total = [], 0.0
    while len(values) < size:
        value = draw(rng)
        if math.isfinite(total + value):  # haetae refuses what would make the sum infinite
            total += value
        elif rng.random() < 0.5:
            value = 0.0
        else:
            value = math.ldexp(value, -1100)
        values.append(value)
    return values


def make_batches(rng, count):
    batches = []
    while count > 0:
        size = min(count, rng.choice([1, 2, 3, 10, 300, BATCH_MAX, BATCH_MAX, BATCH_MAX]))
        batches.append(make_batch(rng, size))
        count -= size
    return batches


# ---- Both SDKs -------------------------------------------------------------------------------------------------------

def trimmed(offset, counts):
    return {offset + i: count for i, count in enumerate(counts) if count}


def record_with_haetae(program, room, batches):
    given = b"".join(struct.pack(f"=I{len(values)}d", len(values), *values) for values in batches)
    output = subprocess.run([program, *map(str, room)], input=given, capture_output=True, check=True).stdout
    points = {}
    while output:
        size, = struct.unpack_from("=I", output)
        request = ExportMetricsServiceRequest.FromString(output[4:4 + size])
        output = output[4 + size:]
        for scope in request.resource_metrics[0].scope_metrics:
            for point in (p for m in scope.metrics for p in m.exponential_histogram.data_points):
                points[point.attributes[0].value.int_value] = point
    assert len(points) == len(batches), f"{len(points)} series of {len(batches)}"
    for batch, values in enumerate(batches):
        assert points[batch].count == len(values), f"batch {batch} counts {points[batch].count} of {len(values)}"
        assert points[batch].min == min(values) and points[batch].max == max(values)
        assert len(points[batch].positive.bucket_counts) <= room[0]
    return [Buckets(points[i].scale, points[i].zero_count,
                    trimmed(points[i].positive.offset, points[i].positive.bucket_counts)) for i in range(len(batches))]


def record_with_python(room, batches):
    max_size, max_scale = room
    reader = InMemoryMetricReader(preferred_aggregation={
        Histogram: ExponentialBucketHistogramAggregation(max_size=max_size, max_scale=max_scale)})
    provider = MeterProvider(metric_readers=[reader], exemplar_filter=AlwaysOffExemplarFilter(),
                             shutdown_on_exit=False)
    histogram = provider.get_meter("exponential").create_histogram("values")
    for batch, values in enumerate(batches):
        attributes = {"batch": batch}
        for value in values:
            histogram.record(value, attributes)
    metric = reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics[0]
    points = {point.attributes["batch"]: point for point in metric.data.data_points}
    provider.shutdown()
    return [Buckets(points[i].scale, points[i].zero_count,
                    trimmed(points[i].positive.offset, points[i].positive.bucket_counts)) for i in range(len(batches))]


# ---- Judging ---------------------------------------------------------------------------------------------------------

class Judge:
    def __init__(self):
        self.batches = self.differ = self.scales = self.moved = self.decided = 0
        self.mistakes = []

    def judge(self, room, values, haetae, python):
        self.batches += 1
        same = haetae == python
        if same and self.batches % DECIDED_OF != 0:
            return
        exact = exact_buckets(values, room)
        self.decided += 1
        if haetae != exact:
            self.mistakes.append(f"of {len(values)} values with room {room}: scale {haetae.scale}, exactly {exact.scale}; "
                                 f"{haetae.moved(exact)} values in a wrong bucket; "
                                 f"{haetae.zeroes} zeroes, exactly {exact.zeroes}")
        if not same:
            self.differ += 1
            self.scales += haetae.scale != python.scale
            self.moved += python.moved(exact)


def check_that_mistakes_are_noticed(room, values, haetae):
    """A count in the next bucket, and another scale, have to be found wrong. Python's SDK may make the same mistake, so
    what is compared with is right."""
    index = next(iter(haetae.counts))
    moved = dict(haetae.counts)
    moved[index] -= 1
    moved[index + 1] = moved.get(index + 1, 0) + 1
    for wrong in (Buckets(haetae.scale, haetae.zeroes, {i: count for i, count in moved.items() if count}),
                  Buckets(haetae.scale - 1, haetae.zeroes, haetae.lowered(haetae.scale - 1))):
        judge = Judge()
        judge.judge(room, values, wrong, haetae)
        assert judge.mistakes, "a mistake is not noticed"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--count", type=int, default=1000000)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("INTEROP_SEED", time.time())))
    arguments = parser.parse_args()
    print(f"INTEROP_SEED={arguments.seed}", flush=True)
    rng = random.Random(arguments.seed)
    judge = Judge()
    count = 0

    for room, part in ROOMS:
        batches = make_batches(rng, int(arguments.count * part))
        count += sum(map(len, batches))
        haetae = record_with_haetae(arguments.program, room, batches)
        python = record_with_python(room, batches)
        for values, mine, theirs in zip(batches, haetae, python):
            judge.judge(room, values, mine, theirs)
        chosen = next(i for i, buckets in enumerate(haetae) if buckets.counts)
        check_that_mistakes_are_noticed(room, batches[chosen], haetae[chosen])
    print(f"{count} values in {judge.batches} series; {judge.decided} series decided by exact arithmetic")
    print(f"{judge.differ} series differ from those of Python's SDK, which has another scale in {judge.scales}, and "
          f"{judge.moved} values in another bucket")
    for mistake in judge.mistakes[:20]:
        print(f"haetae is wrong: {mistake}", file=sys.stderr)
    return 1 if judge.mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
