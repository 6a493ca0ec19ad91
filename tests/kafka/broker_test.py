#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Spans go to a real broker, which crashes, starts again and hangs meanwhile: each is there once, and those of
a trace are in one partition. Exits with 77 where there is no broker to be had, or with 1 when REQUIRE_ALL_TESTS
is 1 in the environment.

    broker_test.py --build DIR --program PROGRAM
"""

import argparse
import os
import pathlib
import subprocess
import sys
import time

import broker

SKIPPED = 77
SECONDS = 240
TRACES = 3000
IN_TRACE = 5
PAUSE_US = 4000
PARTITIONS = 6


def disturb(running):
    """Some twelve seconds, in which traces are recorded."""
    time.sleep(3)
    running.kill()
    time.sleep(1)
    running.start()
    time.sleep(3)
    running.pause(2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=pathlib.Path, help="folder for what is made")
    parser.add_argument("--program", required=True)
    arguments = parser.parse_args()
    try:
        running = broker.Broker(arguments.build)
    except broker.Unavailable as reason:
        needed = os.environ.get("REQUIRE_ALL_TESTS") == "1"
        print(f"{'failed' if needed else 'skipped'}: {reason}")
        return 1 if needed else SKIPPED
    with running:
        running.create_topic("otlp_spans", PARTITIONS)
        producer = subprocess.Popen([arguments.program, "produce", running.address, str(TRACES),
                                     str(PAUSE_US)])
        try:
            disturb(running)
            code = producer.wait(SECONDS)
        finally:
            if producer.poll() is None:
                producer.kill()
                producer.wait()
        if code != 0:
            return 1
        return subprocess.run([arguments.program, "check", running.address, str(PARTITIONS),
                               str(TRACES * IN_TRACE)], timeout=SECONDS).returncode


if __name__ == "__main__":
    sys.exit(main())
