#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the instructions of each recording call with callgrind, and compares them with the kept table.

Usage: instructions.py PROGRAM [--write | --check] [--compiler TEXT]
PROGRAM is bench_instructions. The table is instructions.txt beside this file: a line a row, its name and the
count, below a line that names processor and compiler. --write replaces it. --check exits 1 when a count is
more than 1 % and 1 instruction above the table, provided that processor and compiler are those of the table.
"""
import argparse
import platform
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TABLE = Path(__file__).resolve().with_name("instructions.txt")
ALLOWED_RATIO = 1.01
ALLOWED_MORE = 1


def rows_of(program):
    """[(name, text, target or "0")]"""
    out = subprocess.run([program], text=True, stdout=subprocess.PIPE, check=True).stdout
    return [tuple(line.split("\t")) for line in out.splitlines()]


def count(program, row):
    """The mean number of instructions of one call."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out",
             "--toggle-collect=counted_calls", program, row],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or collected is None:
        sys.exit(f"instructions: {row}: callgrind failed:\n{done.stderr[-2000:]}")
    return int(collected[1]) / int(done.stdout)


def read_table():
    """(processor and compiler, {row: count})"""
    if not TABLE.exists():
        return None, {}
    head, *lines = TABLE.read_text(encoding="utf-8").splitlines()
    return head, {name: float(value) for name, value in (line.split() for line in lines)}


def is_higher(now, kept):
    return now > kept * ALLOWED_RATIO + ALLOWED_MORE


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("program")
    arguments.add_argument("--write", action="store_true")
    arguments.add_argument("--check", action="store_true")
    arguments.add_argument("--compiler", default="unknown compiler")
    options = arguments.parse_args()

    here = f"{platform.machine()}, {options.compiler}"
    kept_for, kept = read_table()
    rows = rows_of(options.program)
    with ThreadPoolExecutor(2) as pool:
        counts = dict(zip((name for name, _, _ in rows),
                          pool.map(lambda row: count(options.program, row[0]), rows)))

    higher = [name for name, now in counts.items() if name in kept and is_higher(now, kept[name])]
    print(f"| {'instructions of a call (' + here + ')':60} |    now | table | target |")
    print(f"|{'-' * 62}|-------:|------:|-------:|")
    for name, text, target in rows:
        mark = " higher" if name in higher else ""
        print(f"| {text:60} | {counts[name]:6.0f} | {kept.get(name, 0):5.0f} "
              f"| {target if target != '0' else '':>6} |{mark}")
    if options.write:
        lines = [here] + [f"{name} {value:.1f}" for name, value in counts.items()]
        TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if kept_for != here:
        print(f"instructions: the table is for {kept_for}, so nothing is compared")
        return 0
    if higher:
        print(f"instructions: higher than the table: {', '.join(higher)}")
    return 1 if higher and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
